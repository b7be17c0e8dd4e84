//! The desired manifest: the user's, plus the observed members that got their first value elsewhere.

use serde_json::{Map, Value};

use super::{pair, same_object, split_list};

/// The manifest as it shall be applied: the user's manifest, plus every observed member that an object has in
/// `last_applied` but not in the manifest. So a value that Kubernetes filled in stays wanted, while an
/// unobserved member that the user drops is gone.
pub fn desired(manifest: &[Value], schemas: &[Value], last_applied: &[Value]) -> Vec<Value> {
    pair(manifest, schemas)
        .into_iter()
        .map(|(object, schema)| {
            let mut wanted = object.clone();
            let earlier = last_applied
                .iter()
                .find(|earlier| same_object(object, earlier) && same_object(earlier, object));
            if let (Some(schema), Some(earlier)) = (schema, earlier) {
                fill(&mut wanted, schema, earlier);
            }
            wanted
        })
        .collect()
}

/// Fills observed members that `wanted` lacks from `source`, a live object or an earlier desired one. Nothing
/// is overwritten, and lists grow only up to their observed positions. The status is observed, never wanted.
pub fn fill(wanted: &mut Value, schema: &Value, source: &Value) {
    if let (Value::Object(wanted), Value::Object(schema), Value::Object(source)) = (wanted, schema, source) {
        fill_members(wanted, schema.iter().filter(|(key, _)| *key != "status"), source);
    }
}

fn fill_members<'a>(
    wanted: &mut Map<String, Value>,
    schema: impl Iterator<Item = (&'a String, &'a Value)>,
    source: &Map<String, Value>,
) {
    for (key, schema) in schema {
        match (wanted.get_mut(key), source.get(key)) {
            (Some(wanted), Some(source)) => fill_node(wanted, schema, source),
            (None, Some(source)) => {
                wanted.insert(key.clone(), observed_part(schema, source));
            }
            (_, None) => {}
        }
    }
}

fn fill_node(wanted: &mut Value, schema: &Value, source: &Value) {
    match (wanted, schema, source) {
        (Value::Object(wanted), Value::Object(schema), Value::Object(source)) => {
            fill_members(wanted, schema.iter(), source);
        }
        (Value::Array(wanted), Value::Array(schema), Value::Array(source)) => {
            let (positions, _) = split_list(schema);
            for (index, (schema, source)) in positions.iter().zip(source).enumerate() {
                match wanted.get_mut(index) {
                    Some(wanted) => fill_node(wanted, schema, source),
                    None => wanted.push(observed_part(schema, source)),
                }
            }
        }
        _ => {}
    }
}

/// The observed members of a value, in the shape of a manifest: without list lengths.
fn observed_part(schema: &Value, value: &Value) -> Value {
    match (schema, value) {
        (Value::Object(schema), Value::Object(value)) => schema
            .iter()
            .filter_map(|(key, schema)| Some((key.clone(), observed_part(schema, value.get(key)?))))
            .collect(),
        (Value::Array(schema), Value::Array(value)) => {
            let (positions, _) = split_list(schema);
            positions
                .iter()
                .zip(value)
                .map(|(schema, value)| observed_part(schema, value))
                .collect()
        }
        (_, value) => value.clone(),
    }
}
