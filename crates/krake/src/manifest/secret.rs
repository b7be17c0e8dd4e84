//! Secrets as an API server keeps them: `stringData` is another way to write `data` and is never read back.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

const PLAIN: &str = "stringData";
const ENCODED: &str = "data";

/// Objects, or schemas of objects, with the plain texts of Secrets where the API server keeps them. What it would
/// refuse is left as it is, for it to say why.
pub fn as_kept(values: &[Value]) -> Cow<'_, [Value]> {
    if values.iter().any(has_plain_texts) {
        values.iter().map(keep).collect()
    } else {
        Cow::Borrowed(values)
    }
}

fn has_plain_texts(value: &Value) -> bool {
    let is = |member, expected| value.get(member).and_then(Value::as_str) == Some(expected);
    is("apiVersion", "v1") && is("kind", "Secret") && value.get(PLAIN).is_some()
}

fn keep(value: &Value) -> Value {
    let mut kept = value.clone();
    if has_plain_texts(value)
        && let Value::Object(members) = &mut kept
        && let Some(plain) = members.get(PLAIN).and_then(encoded)
    {
        let before = members.shift_remove(ENCODED);
        members.shift_remove(PLAIN);
        members.insert(ENCODED.to_owned(), merged(before, plain));
    }
    kept
}

/// Texts are encoded; leaves of a schema stay what they are.
fn encoded(plain: &Value) -> Option<Value> {
    match plain {
        Value::Null => Some(Value::Null),
        Value::Object(members) => {
            let entry = |(key, value): (&String, &Value)| match value {
                Value::String(text) => Some((key.clone(), Value::String(STANDARD.encode(text)))),
                Value::Null => Some((key.clone(), Value::Null)),
                _ => None,
            };
            members
                .iter()
                .map(entry)
                .collect::<Option<Map<_, _>>>()
                .map(Value::Object)
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}

/// A plain text wins over what is encoded under the same key.
fn merged(before: Option<Value>, plain: Value) -> Value {
    match (before, plain) {
        (Some(Value::Object(mut members)), Value::Object(plain)) => {
            members.extend(plain);
            Value::Object(members)
        }
        // `stringData: null` says nothing.
        (Some(before), Value::Null) => before,
        (_, plain) => plain,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn secret(members: &Value) -> Value {
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}});
        for (key, value) in members.as_object().unwrap() {
            secret[key] = value.clone();
        }
        secret
    }

    #[test]
    fn plain_texts_become_data_and_win() {
        for (given, kept) in [
            (json!({"stringData": {"a": "x"}}), json!({"data": {"a": "eA=="}})),
            (
                json!({"data": {"a": "eQ==", "b": "eg=="}, "stringData": {"a": "x"}}),
                json!({"data": {"a": "eA==", "b": "eg=="}}),
            ),
            (
                json!({"data": null, "stringData": {"a": "x"}}),
                json!({"data": {"a": "eA=="}}),
            ),
            (json!({"stringData": {"a": null}}), json!({"data": {"a": null}})),
            (json!({"stringData": null}), json!({"data": null})),
        ] {
            assert_eq!(
                as_kept(&[secret(&given)]).into_owned(),
                [secret(&kept)],
                "{given}"
            );
        }
    }

    #[test]
    fn what_is_refused_and_what_is_no_secret_stays() {
        let mut other = secret(&json!({"stringData": {"a": "x"}}));
        other["kind"] = json!("ConfigMap");
        for value in [
            secret(&json!({"stringData": {"a": 1}})),
            secret(&json!({"stringData": "x"})),
            secret(&json!({"data": {"a": "eA=="}})),
            other,
        ] {
            assert_eq!(as_kept(std::slice::from_ref(&value)).into_owned(), [value]);
        }
    }
}
