//! The observed members of a live object.

use serde_json::{Value, json};

use super::split_list;
use crate::api::observer_schema::LIST_CURRENT_LENGTH;

/// The part of a live object that its schema observes. Lists keep their observed positions and are closed by
/// their real length; an absent list has the length 0, any other absent member stays absent.
pub fn project(schema: &Value, live: &Value) -> Value {
    match schema {
        Value::Object(schema) => {
            let Value::Object(live) = live else {
                return live.clone();
            };
            schema
                .iter()
                .filter_map(|(key, schema)| match live.get(key) {
                    Some(live) => Some((key.clone(), project(schema, live))),
                    None if schema.is_array() => Some((key.clone(), project(schema, &Value::Null))),
                    None => None,
                })
                .collect()
        }
        Value::Array(schema) => {
            let (positions, _) = split_list(schema);
            let elements = live.as_array().map_or(&[][..], Vec::as_slice);
            let observed = positions
                .iter()
                .zip(elements)
                .map(|(schema, live)| project(schema, live));
            observed
                .chain([json!({LIST_CURRENT_LENGTH: elements.len()})])
                .collect()
        }
        // A leaf is observed whole; so are the constants of the identity.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => live.clone(),
    }
}

/// Splits an observed list into its elements and its real length.
pub(super) fn split_observed(list: &[Value]) -> (&[Value], u64) {
    match list.split_last() {
        Some((control, elements)) => match control.get(LIST_CURRENT_LENGTH).and_then(Value::as_u64) {
            Some(length) => (elements, length),
            None => (list, list.len() as u64),
        },
        None => (list, 0),
    }
}
