//! Environment values that are filled in when an application is created.

use std::collections::BTreeMap;

use serde_json::Value;

/// Replaces every `value` inside an `env` list that equals a key.
pub(super) fn inject(node: &mut Value, injections: &BTreeMap<String, String>) {
    match node {
        Value::Array(items) => items.iter_mut().for_each(|item| inject(item, injections)),
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("env", Value::Array(variables)) => {
                        for variable in variables {
                            replace(variable, injections);
                        }
                    }
                    (_, member) => inject(member, injections),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn replace(variable: &mut Value, injections: &BTreeMap<String, String>) {
    let Some(value) = variable.get_mut("value") else {
        return;
    };
    if let Some(new) = value.as_str().and_then(|old| injections.get(old)) {
        *value = Value::String(new.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_values_inside_env_lists_are_replaced() {
        let mut object = json!({"spec": {"token": "$TOKEN", "containers": [
            {"env": [{"name": "A", "value": "$TOKEN"}, {"name": "B", "value": "kept"}, {"name": "C"}]}
        ]}});
        inject(
            &mut object,
            &BTreeMap::from([("$TOKEN".to_owned(), "t".to_owned())]),
        );
        assert_eq!(
            object,
            json!({"spec": {"token": "$TOKEN", "containers": [
                {"env": [{"name": "A", "value": "t"}, {"name": "B", "value": "kept"}, {"name": "C"}]}
            ]}})
        );
    }
}
