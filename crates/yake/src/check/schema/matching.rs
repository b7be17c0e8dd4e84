//! Whether single values keep what a schema says about them.

use regex::Regex;
use serde_json::Number;

use super::{Schema, Type, format};
use crate::build::Value;

/// What a value breaks, in words that do not repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Its kind.
    Type(String),
    /// It is not among the values that there are.
    Enum(String),
    /// Its text.
    Pattern(String),
    /// Its size.
    Range(String),
}

/// Text whose value only a substitution or a decryption gives.
pub(in crate::check) fn is_unknown(value: &Value) -> bool {
    value
        .as_text()
        .is_some_and(|text| text.contains("${") || text.starts_with("ENC["))
}

/// The value is of the kind that the schema asks for.
pub(super) fn kind(schema: &Schema, value: &Value) -> Result<(), Broken> {
    let wanted = |what: &str| Err(Broken::Type(format!("should be {what}, not {}", value.kind())));
    if is_unknown(value) || matches!(value, Value::Null) {
        return Ok(());
    }
    if schema.int_or_string {
        return match value {
            Value::Text(..) => Ok(()),
            Value::Number(number) if is_integer(number) => Ok(()),
            _ => wanted("a whole number or text"),
        };
    }
    match (schema.kind, value) {
        (None, _)
        | (Some(Type::Object), Value::Map(_))
        | (Some(Type::Array), Value::List(_))
        | (Some(Type::String), Value::Text(..))
        | (Some(Type::Boolean), Value::Bool(_))
        | (Some(Type::Number), Value::Number(_)) => Ok(()),
        (Some(Type::Integer), Value::Number(number)) if is_integer(number) => Ok(()),
        (Some(Type::Object), _) => wanted("an object"),
        (Some(Type::Array), _) => wanted("a list"),
        (Some(Type::String), _) => wanted("text (in quotes)"),
        (Some(Type::Boolean), _) => wanted("true or false"),
        (Some(Type::Integer), Value::Number(_)) => Err(Broken::Type("should be a whole number".to_owned())),
        (Some(Type::Integer | Type::Number), _) => wanted("a number"),
    }
}

fn is_integer(number: &Number) -> bool {
    number.is_i64() || number.is_u64()
}

/// All else that the schema says of the value itself, not of what lies inside.
pub(super) fn content(schema: &Schema, value: &Value) -> Vec<Broken> {
    if is_unknown(value) {
        return Vec::new();
    }
    let mut broken = Vec::new();
    broken.extend(values(schema, value));
    match value {
        Value::Text(text, _) => broken.extend(self::text(schema, text)),
        Value::Number(number) => broken.extend(range(schema, number)),
        Value::List(list) => {
            broken.extend(length(list.len(), schema.min_items, schema.max_items, "entries"));
        }
        Value::Map(map) => {
            broken.extend(length(
                map.len(),
                schema.min_properties,
                schema.max_properties,
                "members",
            ));
        }
        Value::Null | Value::Bool(_) => {}
    }
    broken
}

fn values(schema: &Schema, value: &Value) -> Option<Broken> {
    if schema.values.is_empty() || schema.values.iter().any(|one| Value::from(one.clone()) == *value) {
        return None;
    }
    let names: Vec<String> = schema.values.iter().map(ToString::to_string).collect();
    Some(Broken::Enum(format!("should be one of {}", names.join(", "))))
}

fn text(schema: &Schema, text: &str) -> Vec<Broken> {
    let mut broken = Vec::new();
    if let Some(pattern) = &schema.pattern
        && let Ok(regex) = Regex::new(pattern)
        && !regex.is_match(text)
    {
        broken.push(Broken::Pattern(format!("should look like {pattern}")));
    }
    if let Some(format) = &schema.format
        && !format::is_kept(format, text)
    {
        broken.push(Broken::Pattern(format!("should be of the format {format}")));
    }
    let characters = text.chars().count();
    broken.extend(length(
        characters,
        schema.min_length,
        schema.max_length,
        "characters",
    ));
    broken
}

fn range(schema: &Schema, number: &Number) -> Option<Broken> {
    let value = number.as_f64()?;
    let limits = match schema.format.as_deref() {
        Some("int32") => (Some(f64::from(i32::MIN)), Some(f64::from(i32::MAX))),
        _ => (None, None),
    };
    let low = schema.minimum.or(limits.0);
    let high = schema.maximum.or(limits.1);
    if let Some(low) = low
        && (value < low || (schema.exclusive_minimum && value <= low))
    {
        return Some(Broken::Range(format!(
            "should be {} {low}",
            at(schema.exclusive_minimum, "least", "more than")
        )));
    }
    if let Some(high) = high
        && (value > high || (schema.exclusive_maximum && value >= high))
    {
        return Some(Broken::Range(format!(
            "should be {} {high}",
            at(schema.exclusive_maximum, "most", "less than")
        )));
    }
    None
}

fn at(is_exclusive: bool, inclusive: &str, exclusive: &str) -> String {
    if is_exclusive {
        exclusive.to_owned()
    } else {
        format!("at {inclusive}")
    }
}

fn length(is: usize, least: Option<usize>, most: Option<usize>, what: &str) -> Option<Broken> {
    if let Some(least) = least
        && is < least
    {
        return Some(Broken::Range(format!("should have at least {least} {what}")));
    }
    if let Some(most) = most
        && is > most
    {
        return Some(Broken::Range(format!("should have at most {most} {what}")));
    }
    None
}
