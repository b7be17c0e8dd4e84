//! Reads a document along its schema as the original does: numbers may be text, unknown members are dropped,
//! and everything that is wrong is reported at once.
//!
//! What is wrong is replaced by the most harmless value of its type, so that the rules which types cannot
//! express can be checked on the rest in the same pass.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::super::{LabelConstraint, MetricConstraint, Timestamp, Violations};

const MISSING: &str = "Missing data for required field.";
const NULL: &str = "Field may not be null.";
/// Schemas do not nest deeper; a recursive one would end here.
const DEPTH: usize = 64;

/// Brings a document into the form that serde takes, and reports what is wrong with it.
pub(super) fn conform<T: JsonSchema>(document: Value, violations: &mut Violations) -> Value {
    let mut generator = SchemaGenerator::default();
    let root = generator.subschema_for::<T>().to_value();
    let definitions = generator.take_definitions(true);
    let mut walk = Walk {
        definitions: &definitions,
        violations,
    };
    walk.value(&root, Some(document), "", 0)
}

struct Walk<'a> {
    definitions: &'a Map<String, Value>,
    violations: &'a mut Violations,
}

/// What a schema asks for.
enum Shape<'a> {
    Anything,
    Constant(&'a Value),
    Text(Option<&'a str>),
    Integer,
    Unsigned,
    Number,
    Boolean,
    List(Option<&'a Value>),
    /// Members of their own, or any members of one kind.
    Object(&'a Value),
    /// Names, of which one is meant.
    Names(Vec<&'a str>),
    /// `{"type": "<name>", "<name>": {…}}`.
    Variants(Vec<(&'a str, &'a Value)>),
}

impl<'a> Walk<'a> {
    /// `document` is `None` for a missing member.
    fn value(&mut self, schema: &'a Value, document: Option<Value>, path: &str, depth: usize) -> Value {
        let (schema, is_nullable) = self.resolve(schema);
        let shape = shape(schema);
        let document = match document {
            _ if depth > DEPTH => return Value::Null,
            None => return self.placeholder(schema, depth),
            Some(Value::Null) if is_nullable => return Value::Null,
            Some(Value::Null) if !matches!(shape, Shape::Anything) => {
                self.violations.add(named(path), NULL);
                return self.placeholder(schema, depth);
            }
            Some(document) => document,
        };
        match shape {
            Shape::Anything => document,
            Shape::List(items) => self.list(items, document, path, depth),
            Shape::Object(schema) => self.object(schema, document, path, depth),
            Shape::Variants(variants) => self.variant(&variants, document, path, depth),
            shape => match scalar(&shape, &document) {
                Ok(value) => value,
                Err(message) => {
                    self.violations.add(named(path), message);
                    if is_nullable {
                        Value::Null
                    } else {
                        self.placeholder(schema, depth)
                    }
                }
            },
        }
    }

    /// Follows references and takes `null` apart.
    fn resolve(&self, schema: &'a Value) -> (&'a Value, bool) {
        let (mut schema, mut is_nullable) = (schema, false);
        for _ in 0..DEPTH {
            if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
                let name = name.rsplit('/').next().unwrap_or_default();
                let Some(definition) = self.definitions.get(name) else {
                    break;
                };
                schema = definition;
            } else if let Some([inner, null]) =
                schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
                && null.get("type").and_then(Value::as_str) == Some("null")
            {
                (schema, is_nullable) = (inner, true);
            } else {
                break;
            }
        }
        let types = schema.get("type").and_then(Value::as_array);
        is_nullable |= types.is_some_and(|types| types.iter().any(|name| name == "null"));
        (schema, is_nullable)
    }

    fn list(&mut self, items: Option<&'a Value>, document: Value, path: &str, depth: usize) -> Value {
        let Value::Array(elements) = document else {
            self.violations.add(named(path), "Not a valid list.");
            return json!([]);
        };
        let Some(items) = items else {
            return Value::Array(elements);
        };
        let elements = elements.into_iter().enumerate();
        elements
            .map(|(index, element)| {
                self.value(items, Some(element), &join(path, &index.to_string()), depth + 1)
            })
            .collect()
    }

    fn object(&mut self, schema: &'a Value, document: Value, path: &str, depth: usize) -> Value {
        let Value::Object(mut members) = document else {
            self.add_schema(path, "Invalid input type.");
            return self.placeholder(schema, depth);
        };
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return self.map(schema, members, path, depth);
        };
        let mut conformed = Map::new();
        for (name, property) in properties {
            let path = join(path, name);
            match members.shift_remove(name) {
                Some(member) => {
                    conformed.insert(name.clone(), self.value(property, Some(member), &path, depth + 1));
                }
                None if is_required(schema, name) => {
                    self.violations.add(&path, MISSING);
                    conformed.insert(name.clone(), self.value(property, None, &path, depth + 1));
                }
                None => {}
            }
        }
        Value::Object(conformed)
    }

    fn map(&mut self, schema: &'a Value, members: Map<String, Value>, path: &str, depth: usize) -> Value {
        let Some(each) = schema.get("additionalProperties").filter(|each| each.is_object()) else {
            return Value::Object(members);
        };
        let members = members.into_iter().map(|(name, member)| {
            let member = self.value(each, Some(member), &join(path, &name), depth + 1);
            (name, member)
        });
        Value::Object(members.collect())
    }

    fn variant(
        &mut self,
        variants: &[(&'a str, &'a Value)],
        document: Value,
        path: &str,
        depth: usize,
    ) -> Value {
        let Value::Object(mut members) = document else {
            self.add_schema(path, "Invalid input type.");
            return self.first_variant(variants, depth);
        };
        let problem = match members.get("type") {
            None => MISSING.to_owned(),
            Some(Value::Null) => NULL.to_owned(),
            Some(Value::String(name)) => match variants.iter().find(|(known, _)| known == name) {
                Some((known, _)) if !members.contains_key(*known) => {
                    self.violations.add(join(path, known), "Field is required");
                    return self.first_variant(variants, depth);
                }
                Some((_, schema)) => {
                    members.retain(|member, _| member == "type" || member == name_of(schema));
                    return self.object(schema, Value::Object(members), path, depth + 1);
                }
                None => format!("Unknown type '{name}'"),
            },
            Some(_) => "Not a valid string.".to_owned(),
        };
        self.violations.add(join(path, "type"), problem);
        self.first_variant(variants, depth)
    }

    fn first_variant(&mut self, variants: &[(&'a str, &'a Value)], depth: usize) -> Value {
        variants
            .first()
            .map_or(Value::Null, |(_, schema)| self.placeholder(schema, depth + 1))
    }

    /// The most harmless value that a schema allows; says nothing.
    fn placeholder(&mut self, schema: &'a Value, depth: usize) -> Value {
        let (schema, is_nullable) = self.resolve(schema);
        if is_nullable || depth > DEPTH {
            return Value::Null;
        }
        match shape(schema) {
            Shape::Anything => json!({}),
            Shape::Constant(value) => value.clone(),
            Shape::Text(Some("date-time")) => json!(Timestamp::default()),
            Shape::Text(Some("label-constraint")) => json!("a is b"),
            Shape::Text(Some("metric-constraint")) => json!("a is 1"),
            Shape::Text(_) => json!(""),
            Shape::Integer | Shape::Unsigned => json!(0),
            Shape::Number => json!(0.0),
            Shape::Boolean => json!(false),
            Shape::List(_) => json!([]),
            Shape::Names(names) => json!(names.first()),
            Shape::Variants(variants) => self.first_variant(&variants, depth),
            Shape::Object(schema) => {
                let properties = schema.get("properties").and_then(Value::as_object);
                let required = properties
                    .into_iter()
                    .flatten()
                    .filter(|(name, _)| is_required(schema, name));
                let members = required
                    .map(|(name, property)| (name.clone(), self.placeholder(property, depth + 1)))
                    .collect();
                Value::Object(members)
            }
        }
    }

    fn add_schema(&mut self, path: &str, message: &str) {
        self.violations.add(join(path, "_schema"), message);
    }
}

fn shape(schema: &Value) -> Shape<'_> {
    if let Some(constant) = schema.get("const") {
        return Shape::Constant(constant);
    }
    if let Some(alternatives) = schema.get("oneOf").and_then(Value::as_array) {
        let names: Vec<_> = alternatives.iter().flat_map(names).collect();
        return if names.is_empty() {
            Shape::Variants(
                alternatives
                    .iter()
                    .map(|schema| (name_of(schema), schema))
                    .collect(),
            )
        } else {
            Shape::Names(names)
        };
    }
    let names = names(schema);
    if !names.is_empty() {
        return Shape::Names(names);
    }
    match type_name(schema) {
        Some("string") => Shape::Text(schema.get("format").and_then(Value::as_str)),
        Some("integer") if schema.get("minimum").is_some() => Shape::Unsigned,
        Some("integer") => Shape::Integer,
        Some("number") => Shape::Number,
        Some("boolean") => Shape::Boolean,
        Some("array") => Shape::List(schema.get("items").filter(|items| items.is_object())),
        Some("object") => Shape::Object(schema),
        _ => Shape::Anything,
    }
}

fn type_name(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        _ => None,
    }
}

/// The names of an enumeration, or of one alternative of it.
fn names(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    listed
        .chain(schema.get("const"))
        .filter_map(Value::as_str)
        .collect()
}

/// The name of a variant, as its member `type` says.
fn name_of(schema: &Value) -> &str {
    schema
        .pointer("/properties/type/const")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|known| known == name))
}

fn scalar(shape: &Shape<'_>, document: &Value) -> Result<Value, String> {
    let refused = |message: &str| Err(message.to_owned());
    match shape {
        Shape::Constant(constant) if *constant == document => Ok(document.clone()),
        Shape::Constant(constant) => Err(format!("Must be {constant}.")),
        Shape::Text(format) => match document.as_str() {
            Some(text) => formatted(*format, text).map(|()| document.clone()),
            None => refused("Not a valid string."),
        },
        Shape::Names(names) => match document.as_str() {
            Some(name) if names.contains(&name) => Ok(document.clone()),
            Some(name) => Err(format!("Invalid enum member {name}")),
            None => refused("Not a valid string."),
        },
        Shape::Integer => {
            integer(document).map_or_else(|| refused("Not a valid integer."), |number| Ok(json!(number)))
        }
        Shape::Unsigned => integer(document)
            .and_then(|number| u64::try_from(number).ok())
            .map_or_else(|| refused("Not a valid integer."), |number| Ok(json!(number))),
        Shape::Number => number(document),
        Shape::Boolean => {
            boolean(document).map_or_else(|| refused("Not a valid boolean."), |value| Ok(json!(value)))
        }
        Shape::Anything | Shape::List(_) | Shape::Object(_) | Shape::Variants(_) => Ok(document.clone()),
    }
}

fn formatted(format: Option<&str>, text: &str) -> Result<(), String> {
    match format {
        Some("date-time") => text
            .parse::<Timestamp>()
            .map(drop)
            .map_err(|_| "Not a valid datetime.".to_owned()),
        Some("label-constraint") => text
            .parse::<LabelConstraint>()
            .map(drop)
            .map_err(|error| error.to_string()),
        Some("metric-constraint") => text
            .parse::<MetricConstraint>()
            .map(drop)
            .map_err(|error| error.to_string()),
        _ => Ok(()),
    }
}

/// A number without fraction, or text of one.
#[expect(clippy::cast_possible_truncation, reason = "the bounds are checked first")]
fn integer(document: &Value) -> Option<i64> {
    match document {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
        }),
        _ => None,
    }
}

fn number(document: &Value) -> Result<Value, String> {
    let number = match document {
        Value::String(text) => text.trim().parse::<f64>().ok(),
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    match number {
        Some(number) if number.is_finite() => Ok(json!(number)),
        Some(_) => Err("Special numeric values (nan or infinity) are not permitted.".to_owned()),
        None => Err("Not a valid number.".to_owned()),
    }
}

fn boolean(document: &Value) -> Option<bool> {
    match document {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => match number.as_i64()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
            "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn join(path: &str, member: &str) -> String {
    if path.is_empty() {
        member.to_owned()
    } else {
        format!("{path}.{member}")
    }
}

/// The root has no path of its own.
fn named(path: &str) -> &str {
    if path.is_empty() { "_schema" } else { path }
}
