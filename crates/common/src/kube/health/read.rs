//! Reading members that may be missing.

use serde_json::Value;

pub(super) fn integer(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer).and_then(Value::as_str)
}

pub(super) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// A count, zero when missing or negative.
pub(super) fn count(object: &Value, pointer: &str) -> u32 {
    integer(object, pointer)
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or_default()
}

/// The condition of a type.
pub(super) fn condition<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    list(object, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == Some(name))
}

/// Whether a condition holds; `None` if unknown.
pub(super) fn flag(condition: &Value) -> Option<bool> {
    match text(condition, "/status") {
        Some("True") => Some(true),
        Some("False") => Some(false),
        _ => None,
    }
}

/// Reason and message of a condition, whichever it has.
pub(super) fn message(condition: &Value) -> String {
    let name = text(condition, "/type").unwrap_or("condition");
    let parts = [text(condition, "/reason"), text(condition, "/message")];
    let parts: Vec<_> = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        let status = text(condition, "/status").unwrap_or("missing");
        format!("{name} is {status}")
    } else {
        parts.join(": ")
    }
}
