//! What a configuration may look like, read off its JSON schema.

use serde_json::{Map, Value};

use super::setting::{Path, canonical, join};

/// A schema that refers to itself is followed this deep; below that, serde alone decides.
const MAX_DEPTH: usize = 16;

/// What may stand at a place.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Fixed keys.
    Object(Vec<Field>),
    /// Free keys.
    Map(Box<Shape>),
    List(Box<Shape>),
    Scalar(Scalar),
    /// Nothing that the schema could tell: serde decides.
    Any,
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    /// As serde expects it.
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) is_required: bool,
    pub(super) is_nullable: bool,
    pub(super) is_secret: bool,
    pub(super) default: Option<Value>,
    pub(super) description: String,
}

#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) kind: Kind,
    /// The only texts that are allowed, if they are known.
    pub(super) choices: Vec<String>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "true or false",
        }
    }
}

impl Shape {
    pub(super) fn of_schema(schema: &Value) -> Self {
        Reader { root: schema }.shape(schema, 0)
    }

    pub(super) fn fields(&self) -> &[Field] {
        match self {
            Self::Object(fields) => fields,
            Self::Map(_) | Self::List(_) | Self::Scalar(_) | Self::Any => &[],
        }
    }

    /// Every key that can be set on its own, in the order of the schema.
    pub(super) fn leaves(&self) -> Vec<(Path, &Field)> {
        let mut leaves = Vec::new();
        self.collect_leaves(&[], &mut leaves);
        leaves
    }

    fn collect_leaves<'a>(&'a self, path: &[String], leaves: &mut Vec<(Path, &'a Field)>) {
        for field in self.fields() {
            let path = join(path, &field.name);
            if field.shape.fields().is_empty() {
                leaves.push((path, field));
            } else {
                field.shape.collect_leaves(&path, leaves);
            }
        }
    }
}

impl Field {
    pub(super) fn is_called(&self, name: &str) -> bool {
        canonical(&self.name) == canonical(name)
    }
}

struct Reader<'a> {
    root: &'a Value,
}

impl Reader<'_> {
    fn shape(&self, schema: &Value, depth: usize) -> Shape {
        let Some(object) = schema.as_object().filter(|_| depth < MAX_DEPTH) else {
            return Shape::Any;
        };
        if let Some(target) = object.get("$ref").and_then(|reference| self.resolve(reference)) {
            return self.shape(target, depth + 1);
        }
        if let Some(choices) = choices(object) {
            return Shape::Scalar(Scalar {
                kind: Kind::Text,
                choices,
                minimum: None,
                maximum: None,
            });
        }
        if let [only] = alternatives(object).as_slice() {
            return self.shape(only, depth + 1);
        }
        match type_name(object) {
            Some("object") => self.object(object, depth),
            Some("array") => Shape::List(Box::new(
                object
                    .get("items")
                    .map_or(Shape::Any, |items| self.shape(items, depth + 1)),
            )),
            Some("string") => scalar(object, Kind::Text),
            Some("integer") => scalar(object, Kind::Integer),
            Some("number") => scalar(object, Kind::Number),
            Some("boolean") => scalar(object, Kind::Boolean),
            _ => Shape::Any,
        }
    }

    fn object(&self, object: &Map<String, Value>, depth: usize) -> Shape {
        let Some(properties) = object.get("properties").and_then(Value::as_object) else {
            let values = object
                .get("additionalProperties")
                .map_or(Shape::Any, |values| self.shape(values, depth + 1));
            return Shape::Map(Box::new(values));
        };
        let required = object.get("required").and_then(Value::as_array);
        let is_required =
            |name: &String| required.is_some_and(|names| names.iter().any(|other| other == name));
        let fields = properties
            .iter()
            .map(|(name, schema)| self.field(name, schema, is_required(name), depth));
        Shape::Object(fields.collect())
    }

    fn field(&self, name: &str, schema: &Value, is_required: bool, depth: usize) -> Field {
        let target = schema.get("$ref").and_then(|reference| self.resolve(reference));
        let member = |key: &str| {
            schema
                .get(key)
                .or_else(|| target.and_then(|target| target.get(key)))
        };
        Field {
            name: name.to_owned(),
            shape: self.shape(schema, depth + 1),
            is_required,
            is_nullable: schema.as_object().is_some_and(is_nullable),
            is_secret: member("writeOnly") == Some(&Value::Bool(true)),
            default: schema.get("default").cloned(),
            description: member("description")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        }
    }

    fn resolve(&self, reference: &Value) -> Option<&Value> {
        self.root.pointer(reference.as_str()?.strip_prefix('#')?)
    }
}

fn scalar(object: &Map<String, Value>, kind: Kind) -> Shape {
    let number = |key: &str| object.get(key).and_then(Value::as_f64);
    Shape::Scalar(Scalar {
        kind,
        choices: Vec::new(),
        minimum: number("minimum"),
        maximum: number("maximum"),
    })
}

/// The type, without `null`.
fn type_name(object: &Map<String, Value>) -> Option<&str> {
    match object.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => {
            let mut names = names
                .iter()
                .filter_map(Value::as_str)
                .filter(|name| *name != "null");
            names.next().filter(|_| names.next().is_none())
        }
        _ => None,
    }
}

/// Members of `anyOf`, `oneOf` or `allOf` other than `null`.
fn alternatives(object: &Map<String, Value>) -> Vec<&Value> {
    let lists = ["anyOf", "oneOf", "allOf"]
        .into_iter()
        .filter_map(|key| object.get(key)?.as_array());
    lists
        .flatten()
        .filter(|schema| schema.get("type") != Some(&Value::from("null")))
        .collect()
}

fn is_nullable(object: &Map<String, Value>) -> bool {
    let by_type = match object.get("type") {
        Some(Value::Array(names)) => names.iter().any(|name| name == "null"),
        Some(name) => name == "null",
        None => false,
    };
    let lists = ["anyOf", "oneOf"]
        .into_iter()
        .filter_map(|key| object.get(key)?.as_array());
    by_type
        || lists
            .flatten()
            .any(|schema| schema.get("type") == Some(&Value::from("null")))
}

/// The texts of an enumeration, with or without a description for each.
fn choices(object: &Map<String, Value>) -> Option<Vec<String>> {
    let texts = |values: &Vec<Value>| -> Option<Vec<String>> {
        let values = values.iter().filter(|value| !value.is_null());
        values.map(|value| value.as_str().map(str::to_owned)).collect()
    };
    if let Some(values) = object.get("enum").and_then(Value::as_array) {
        return texts(values);
    }
    if let Some(value) = object.get("const").and_then(Value::as_str) {
        return Some(vec![value.to_owned()]);
    }
    let members = object.get("oneOf")?.as_array()?;
    let each: Option<Vec<_>> = members
        .iter()
        .map(|member| choices(member.as_object()?))
        .collect();
    each.map(|lists| lists.concat())
}
