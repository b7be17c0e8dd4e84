//! Which Secrets and `ConfigMap`s an object names. Gardener has dozens of such members, and new ones with every minor;
//! they are told by how they are called.

use serde_json::Value;

/// `(kind, name)` of everything that is named.
pub(super) fn names(object: &Value) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        if !["metadata", "status"].contains(&key.as_str()) {
            member(key, value, &mut found);
        }
    }
    found
}

fn member(key: &str, value: &Value, found: &mut Vec<(&'static str, String)>) {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let kind = match key.to_ascii_lowercase().as_str() {
        key if key.ends_with("secretref") || key.ends_with("secretname") => Some("Secret"),
        key if key.ends_with("configmapref") || key.ends_with("configmapname") => Some("ConfigMap"),
        "resourceref" | "credentialsref" => match value.get("kind").and_then(Value::as_str) {
            Some("Secret") => Some("Secret"),
            Some("ConfigMap") => Some("ConfigMap"),
            _ => None,
        },
        _ => None,
    };
    let name = text(Some(value)).or_else(|| text(value.get("name")));
    match (kind, name) {
        (Some(kind), Some(name)) => found.push((kind, name)),
        _ => within(value, found),
    }
}

fn within(value: &Value, found: &mut Vec<(&'static str, String)>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                member(key, value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| within(item, found)),
        _ => {}
    }
}
