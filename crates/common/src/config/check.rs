//! Compares what was given with what may be given, and collects settings and errors.

use serde_json::{Map, Value};
use serde_saphyr::Location;

use super::document::{Content, Node};
use super::error::{ConfigError, did_you_mean};
use super::setting::{Origin, Path, join};
use super::shape::{Field, Kind, Scalar, Shape};

/// A value as a layer gives it.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) path: Path,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// What a file holds: its settings, and everything that is wrong with it.
pub(super) struct FileCheck<'a> {
    file: &'a str,
    pub(super) given: Vec<Given>,
    pub(super) errors: Vec<(ConfigError, Location)>,
}

impl<'a> FileCheck<'a> {
    pub(super) fn run(file: &'a str, root: &Node, shape: &Shape) -> Self {
        let mut check = Self {
            file,
            given: Vec::new(),
            errors: Vec::new(),
        };
        // An empty file is a configuration that says nothing.
        if !matches!(root.content, Content::Scalar(Value::Null)) {
            check.object(root, shape, &[]);
        }
        check
    }

    fn object(&mut self, node: &Node, shape: &Shape, path: &[String]) {
        let Content::Map(members) = &node.content else {
            self.error(node.location, path, "keys and values are expected here", None);
            return;
        };
        if members.is_empty() {
            self.give(node, path, Value::Object(Map::new()));
        }
        let fields = shape.fields();
        let mut seen: Vec<&str> = Vec::new();
        for (name, location, value) in members {
            let Some(field) = fields.iter().find(|field| field.is_called(name)) else {
                let hint = did_you_mean(name, fields.iter().map(|field| field.name.as_str()));
                self.error(
                    *location,
                    &join(path, name),
                    format!("unknown key {name:?}"),
                    hint,
                );
                continue;
            };
            let path = join(path, &field.name);
            if seen.contains(&field.name.as_str()) {
                self.error(
                    *location,
                    &path,
                    format!("the key {:?} is given twice", field.name),
                    None,
                );
                continue;
            }
            seen.push(&field.name);
            self.field(value, field, &path);
        }
    }

    fn field(&mut self, node: &Node, field: &Field, path: &[String]) {
        let is_null = matches!(node.content, Content::Scalar(Value::Null));
        if is_null && field.is_nullable {
            self.give(node, path, Value::Null);
        } else if matches!(field.shape, Shape::Object(_)) {
            self.object(node, &field.shape, path);
        } else {
            let before = self.errors.len();
            let value = self.value(node, &field.shape, path);
            if self.errors.len() == before {
                self.give(node, path, value);
            }
        }
    }

    /// The value of a leaf, with all that is wrong inside it noted.
    fn value(&mut self, node: &Node, shape: &Shape, path: &[String]) -> Value {
        match (shape, &node.content) {
            (Shape::Any, _) => node.to_value(),
            (Shape::Object(_), _) => self.nested(node, shape, path),
            (Shape::Map(values), Content::Map(members)) => {
                let members = members
                    .iter()
                    .map(|(name, _, value)| (name.clone(), self.value(value, values, &join(path, name))));
                Value::Object(members.collect())
            }
            (Shape::List(items), Content::List(nodes)) => {
                let nodes = nodes.iter().enumerate();
                let values =
                    nodes.map(|(index, node)| self.value(node, items, &join(path, &index.to_string())));
                Value::Array(values.collect())
            }
            (Shape::Map(_), _) => self.wrong(node, path, "keys and values are expected here"),
            (Shape::List(_), _) => self.wrong(node, path, "a list is expected here"),
            (Shape::Scalar(scalar), Content::Scalar(value)) => match check_scalar(value, scalar) {
                Ok(()) => value.clone(),
                Err((message, hint)) => {
                    self.error(node.location, path, message, hint);
                    Value::Null
                }
            },
            (Shape::Scalar(scalar), _) => {
                self.wrong(node, path, &format!("{} is expected here", scalar.kind.name()))
            }
        }
    }

    /// An object inside a list or a map: it is no setting of its own, but its keys are checked alike.
    fn nested(&mut self, node: &Node, shape: &Shape, path: &[String]) -> Value {
        let mut inner = Self {
            file: self.file,
            given: Vec::new(),
            errors: Vec::new(),
        };
        inner.object(node, shape, &[]);
        for (mut error, location) in inner.errors {
            error.key = format!("{}.{}", path.join("."), error.key);
            self.errors.push((error, location));
        }
        let mut value = Value::Object(Map::new());
        for given in inner.given {
            insert(&mut value, &given.path, given.value);
        }
        for missing in missing(shape, &value, &[]) {
            self.error(
                node.location,
                path,
                format!("the key {:?} is missing", missing.join(".")),
                None,
            );
        }
        value
    }

    fn wrong(&mut self, node: &Node, path: &[String], message: &str) -> Value {
        self.error(node.location, path, message, None);
        Value::Null
    }

    fn give(&mut self, node: &Node, path: &[String], value: Value) {
        self.given.push(Given {
            path: path.to_vec(),
            value,
            origin: self.origin(node.location),
        });
    }

    fn error(
        &mut self,
        location: Location,
        path: &[String],
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let mut error = ConfigError::new(self.origin(location), path, message);
        error.hint = hint;
        self.errors.push((error, location));
    }

    fn origin(&self, location: Location) -> Origin {
        let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let (line, column) = (number(location.line()), number(location.column()));
        Origin::File {
            file: self.file.to_owned(),
            line,
            column,
        }
    }
}

type Wrong = (String, Option<String>);

fn check_scalar(value: &Value, scalar: &Scalar) -> Result<(), Wrong> {
    let fits = match scalar.kind {
        Kind::Text => value.is_string(),
        Kind::Integer => value.is_i64() || value.is_u64(),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
    };
    if !fits {
        return Err((format!("{} is expected, not {value}", scalar.kind.name()), None));
    }
    if let (Some(text), false) = (value.as_str(), scalar.choices.is_empty()) {
        let choices = || scalar.choices.iter().map(String::as_str);
        if !choices().any(|choice| choice == text) {
            let all: Vec<&str> = choices().collect();
            let hint =
                did_you_mean(text, choices()).unwrap_or_else(|| format!("choose of {}", all.join(", ")));
            return Err((format!("{text:?} is none of the values allowed here"), Some(hint)));
        }
    }
    let number = value.as_f64();
    if let (Some(number), Some(minimum)) = (number, scalar.minimum)
        && number < minimum
    {
        return Err((format!("{value} is less than {minimum}"), None));
    }
    if let (Some(number), Some(maximum)) = (number, scalar.maximum)
        && number > maximum
    {
        return Err((format!("{value} is more than {maximum}"), None));
    }
    Ok(())
}

/// Reads the text of a variable or an option as the value of a field: lists are separated by commas, maps
/// and what the schema does not tell are JSON.
pub(super) fn parse_text(text: &str, field: &Field) -> Result<Value, Wrong> {
    let value = match &field.shape {
        Shape::Scalar(scalar) => return parse_scalar(text, scalar),
        Shape::List(items) => match items.as_ref() {
            Shape::Scalar(scalar) if !text.trim_start().starts_with('[') => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                return parts
                    .map(|part| parse_scalar(part, scalar))
                    .collect::<Result<_, _>>()
                    .map(Value::Array);
            }
            _ => serde_json::from_str(text),
        },
        Shape::Object(_) | Shape::Map(_) | Shape::Any => serde_json::from_str(text),
    };
    value.map_err(|error| (format!("JSON is expected: {error}"), None))
}

fn parse_scalar(text: &str, scalar: &Scalar) -> Result<Value, Wrong> {
    let value = match scalar.kind {
        Kind::Text => Value::from(text),
        Kind::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Value::Bool(true),
            "false" | "no" | "off" | "0" => Value::Bool(false),
            _ => Value::from(text),
        },
        Kind::Integer | Kind::Number => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
    };
    check_scalar(&value, scalar).map(|()| value)
}

/// Puts a value into the tree, over what is there.
pub(super) fn insert(tree: &mut Value, path: &[String], value: Value) {
    let Some((name, rest)) = path.split_first() else {
        // Two layers that both give the object: the keys decide, not the braces.
        let both_objects = tree.is_object() && value.as_object().is_some_and(Map::is_empty);
        if !both_objects {
            *tree = value;
        }
        return;
    };
    if !tree.is_object() {
        *tree = Value::Object(Map::new());
    }
    if let Some(object) = tree.as_object_mut() {
        insert(object.entry(name.clone()).or_insert(Value::Null), rest, value);
    }
}

/// Required keys that the tree lacks; those of an object that is not given do not count unless it is required.
pub(super) fn missing(shape: &Shape, tree: &Value, path: &[String]) -> Vec<Path> {
    let mut paths = Vec::new();
    for field in shape.fields() {
        let path = join(path, &field.name);
        match tree.get(&field.name) {
            Some(value) if value.is_object() => paths.extend(missing(&field.shape, value, &path)),
            None if field.is_required => paths.push(path),
            Some(_) | None => {}
        }
    }
    paths
}
