//! Objects with their secret values masked.

use serde_json::Value as Json;

use crate::build::{Map, SecretFields, Value};

/// Stands for a secret value.
pub const MASKED: &str = "**masked**";

/// What `kubectl apply` writes into an annotation: the whole object, with its secrets.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An object with its secret values masked.
pub fn value(object: &Value, fields: &SecretFields) -> Value {
    Side {
        fields,
        word: "",
        compared: Compared::Nothing,
    }
    .object(object, None)
}

/// The same for an object as servers give it.
pub fn json(object: &Json, fields: &SecretFields) -> Json {
    to_json(&value(&Value::from(object.clone()), fields))
}

/// Two states of an object, masked so that a secret value that changed can be told from one that did not: the first
/// becomes `**masked (before)**` and `**masked (after)**`, the second `**masked**` in both.
pub fn pair(before: &Json, after: &Json, fields: &SecretFields) -> (Json, Json) {
    let (before, after) = (Value::from(before.clone()), Value::from(after.clone()));
    let side = |word| Side {
        fields,
        word,
        compared: Compared::OtherState,
    };
    (
        to_json(&side("before").object(&before, Some(&after))),
        to_json(&side("after").object(&after, Some(&before))),
    )
}

fn to_json(value: &Value) -> Json {
    // A tree of texts, numbers and the like is always JSON.
    serde_json::to_value(value).unwrap_or_default()
}

/// Whether there is another state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    Nothing,
    OtherState,
}

struct Side<'a> {
    fields: &'a SecretFields,
    word: &'static str,
    compared: Compared,
}

impl Side<'_> {
    fn object(&self, value: &Value, other: Option<&Value>) -> Value {
        let Some(map) = value.as_map().filter(|_| !self.fields.is_empty()) else {
            return value.clone();
        };
        let members = map.iter().map(|(name, value)| {
            let other = other.and_then(|other| other.get(name));
            let value = match (name.as_str(), value) {
                (name, value) if self.fields.hides(name) => self.hidden(value, other),
                ("metadata", Value::Map(metadata)) => self.metadata(metadata, other),
                (_, value) => value.clone(),
            };
            (name.clone(), value)
        });
        Value::Map(members.collect())
    }

    fn metadata(&self, metadata: &Map, other: Option<&Value>) -> Value {
        let members = metadata.iter().map(|(name, value)| {
            let other = other.and_then(|other| other.get(name));
            let value = match value {
                value if self.fields.hides(&format!("metadata.{name}")) => self.hidden(value, other),
                Value::Map(pairs) if name == "annotations" => self.annotations(pairs, other),
                value => value.clone(),
            };
            (name.clone(), value)
        });
        Value::Map(members.collect())
    }

    fn annotations(&self, pairs: &Map, other: Option<&Value>) -> Value {
        let pairs = pairs.iter().map(|(name, value)| {
            let other = other.and_then(|other| other.get(name));
            let value = if name == LAST_APPLIED {
                self.hidden(value, other)
            } else {
                value.clone()
            };
            (name.clone(), value)
        });
        Value::Map(pairs.collect())
    }

    fn hidden(&self, value: &Value, other: Option<&Value>) -> Value {
        match value {
            Value::Null => Value::Null,
            Value::Map(map) => {
                let members = map.iter().map(|(name, value)| {
                    let other = other.and_then(|other| other.get(name));
                    (name.clone(), self.hidden(value, other))
                });
                Value::Map(members.collect())
            }
            Value::List(list) => {
                let entries = list.iter().enumerate().map(|(index, value)| {
                    let other = other.and_then(|other| other.as_list()?.get(index));
                    self.hidden(value, other)
                });
                Value::List(entries.collect())
            }
            Value::Bool(_) | Value::Number(_) | Value::Text(..) => {
                let is_changed =
                    self.compared == Compared::OtherState && other.is_some_and(|other| other != value);
                if is_changed {
                    Value::text(format!("**masked ({})**", self.word))
                } else {
                    Value::text(MASKED)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as value_of;

    use super::*;
    use crate::build::Kind;

    fn of_secrets() -> SecretFields {
        SecretFields::of_kind(&Kind::new("v1", "Secret"))
    }

    #[test]
    fn values_of_a_secret_are_masked_wherever_they_stand_and_the_rest_is_shown() {
        let secret = value_of!({
            "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "db", "labels": {"tier": "back"},
                "annotations": {"note": "shown", "kubectl.kubernetes.io/last-applied-configuration": "CANARY"}},
            "data": {"key": "CANARY"},
            "stringData": {"list": ["CANARY", {"deep": "CANARY"}], "pin": 40_917_733, "none": null},
        });
        let masked = json(&secret, &of_secrets());
        assert_eq!(
            masked,
            value_of!({
                "kind": "Secret", "type": "Opaque",
                "metadata": {"name": "db", "labels": {"tier": "back"},
                    "annotations": {"note": "shown", "kubectl.kubernetes.io/last-applied-configuration": MASKED}},
                "data": {"key": MASKED},
                "stringData": {"list": [MASKED, {"deep": MASKED}], "pin": MASKED, "none": null},
            })
        );
    }

    #[test]
    fn of_two_states_one_sees_what_changed_but_not_to_what() {
        let state = |password: &str, list: Json| value_of!({"metadata": {"name": "db"}, "data": {"user": "dXNlcg==", "password": password, "list": list}});
        let before = state("b25l", value_of!(["same"]));
        let after = state("dHdv", value_of!(["same", "new"]));
        let (before, after) = pair(&before, &after, &of_secrets());
        assert_eq!(
            before["data"],
            value_of!({"user": MASKED, "password": "**masked (before)**", "list": [MASKED]})
        );
        assert_eq!(
            after["data"],
            value_of!({"user": MASKED, "password": "**masked (after)**", "list": [MASKED, MASKED]})
        );
    }

    #[test]
    fn an_object_without_secrets_is_shown_as_it_is() {
        let map = value_of!({"kind": "ConfigMap", "data": {"key": "value"}});
        assert_eq!(json(&map, &SecretFields::default()), map);
    }
}
