//! The observer schema that counts: the user's where there is one, else everything that the manifest names.

use serde_json::{Map, Value, json};

use super::same_name;
use crate::api::observer_schema::{LIST_MAX_LENGTH, LIST_MIN_LENGTH};

/// Bounds of an observed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListBounds {
    /// Fewest elements.
    pub min: u64,
    /// Most elements; `None` for no limit, written as 0.
    pub max: Option<u64>,
}

impl ListBounds {
    /// Whether a list may have that many elements.
    pub fn allow(self, length: u64) -> bool {
        self.min <= length && self.max.is_none_or(|max| length <= max)
    }
}

/// Splits the list of a schema into its observed positions and the bounds. Lists without a control object,
/// which validation excludes, are bounded by nothing.
pub fn split_list(schema: &[Value]) -> (&[Value], ListBounds) {
    if let Some((Value::Object(control), positions)) = schema.split_last()
        && control.contains_key(LIST_MIN_LENGTH)
    {
        let bound = |name| control.get(name).and_then(Value::as_u64).unwrap_or(0);
        let max = Some(bound(LIST_MAX_LENGTH)).filter(|max| *max != 0);
        return (
            positions,
            ListBounds {
                min: bound(LIST_MIN_LENGTH),
                max,
            },
        );
    }
    (schema, ListBounds { min: 0, max: None })
}

/// The user's schemas, completed by the default schema of every object that has none.
pub fn complete(custom: &[Value], manifest: &[Value]) -> Vec<Value> {
    let without = manifest
        .iter()
        .filter(|object| !custom.iter().any(|schema| same_name(schema, object)));
    custom
        .iter()
        .cloned()
        .chain(without.map(default_schema))
        .collect()
}

/// A schema that observes every member that the object names, and nothing else.
pub fn default_schema(object: &Value) -> Value {
    let mut schema = Map::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        let observed = match key.as_str() {
            "apiVersion" | "kind" => value.clone(),
            "metadata" => metadata_schema(value),
            _ => tree(value),
        };
        schema.insert(key.clone(), observed);
    }
    if object.get("kind") == Some(&json!("Service"))
        && object.pointer("/spec/type") == Some(&json!("LoadBalancer"))
    {
        schema.insert("status".to_owned(), json!({"loadBalancer": {"ingress": null}}));
    }
    Value::Object(schema)
}

fn metadata_schema(metadata: &Value) -> Value {
    let members = metadata.as_object().into_iter().flatten();
    members
        .map(|(key, value)| {
            (
                key.clone(),
                if key == "name" { value.clone() } else { tree(value) },
            )
        })
        .collect::<Map<_, _>>()
        .into()
}

fn tree(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), tree(value)))
            .collect(),
        Value::Array(elements) => {
            let control = json!({LIST_MIN_LENGTH: elements.len(), LIST_MAX_LENGTH: elements.len()});
            elements.iter().map(tree).chain([control]).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Value::Null,
    }
}
