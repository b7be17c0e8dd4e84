//! The definition of the kind `Landscape`, for API servers: made of the same description as the file.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::landscape::LandscapeSpec;
use super::names;

/// The `CustomResourceDefinition`.
pub fn definition() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<LandscapeSpec>();
    let mut spec = serde_json::to_value(schema).unwrap_or_default();
    make_structural(&mut spec);
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("landscapes.{}", names::GROUP)},
        "spec": {
            "group": names::GROUP,
            "names": {"kind": names::LANDSCAPE, "plural": "landscapes", "singular": "landscape", "shortNames": ["ls"]},
            "scope": "Namespaced",
            "versions": [{
                "name": "v1alpha1", "served": true, "storage": true,
                "subresources": {"status": {}},
                "additionalPrinterColumns": columns(),
                "schema": {"openAPIV3Schema": {
                    "type": "object", "required": ["spec"],
                    "properties": {
                        "spec": spec,
                        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}},
            }],
        },
    })
}

fn columns() -> Value {
    json!([
        {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"},
        {"name": "Reason", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].reason"},
        {"name": "Revision", "type": "string", "jsonPath": ".status.lastAppliedRevision"},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
    ])
}

/// API servers take a part of JSON schema only: one type for each member, no choice of schemas, no closed objects.
fn make_structural(schema: &mut Value) {
    if let Some(members) = schema.as_object_mut() {
        for name in ["$schema", "title", "additionalProperties"] {
            let is_closing = members.get(name).is_none_or(|value| !value.is_object());
            if is_closing {
                members.remove(name);
            }
        }
        if members.get("default") == Some(&Value::Null) {
            members.remove("default");
        }
        choose_type(members);
        gather_words(members);
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(make_structural),
        Value::Array(entries) => entries.iter_mut().for_each(make_structural),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Members that may be absent are described as "this or nothing".
fn choose_type(members: &mut Map<String, Value>) {
    if let Some(Value::Array(choices)) = members.get("anyOf").cloned() {
        let is_nothing = |choice: &Value| {
            choice.get("type").is_some_and(|kind| kind == "null")
                || choice.get("enum") == Some(&json!([null]))
        };
        if let Some(Value::Object(chosen)) = choices.into_iter().find(|choice| !is_nothing(choice)) {
            members.remove("anyOf");
            for (name, value) in chosen {
                members.entry(name).or_insert(value);
            }
        }
    }
}

/// A choice of single words is one list of words.
fn gather_words(members: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = members.get("oneOf") else {
        return;
    };
    let words = choices.iter().flat_map(|choice| {
        let listed = choice
            .get("enum")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        listed.into_iter().chain(choice.get("const").cloned())
    });
    let words: Vec<_> = words.collect();
    members.remove("oneOf");
    members.insert("type".to_owned(), json!("string"));
    members.insert("enum".to_owned(), Value::Array(words));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(definition: &'a Value, pointer: &str) -> &'a Value {
        let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
        definition
            .pointer(&format!("{spec}{pointer}"))
            .unwrap_or(&Value::Null)
    }

    #[test]
    fn members_have_one_type_each_and_words_are_listed() {
        let definition = definition();
        let unit = "/units/items/properties";
        assert_eq!(
            at(&definition, &format!("{unit}/drift/enum")),
            &json!(["correct", "warn", "off"])
        );
        assert_eq!(at(&definition, &format!("{unit}/interval/type")), "string");
        assert_eq!(
            at(&definition, "/source/properties/secretRef/properties/name/type"),
            "string"
        );
        assert_eq!(at(&definition, "/substitute/additionalProperties/type"), "string");
        let text = definition.to_string();
        for word in ["anyOf", "oneOf", "$ref", "\"null\""] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
}
