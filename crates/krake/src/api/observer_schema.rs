//! Observer schemas: which members of a manifest are observed.
//!
//! A schema is a tree shaped like the object that it describes. Its leaves are `null`, its lists end with a
//! control object that bounds their length, and `apiVersion`, `kind` and `metadata.name` keep their values,
//! because they say which object is meant.

use serde_json::{Map, Value};

use super::Violations;

/// Member of a control object: fewest elements that a list may have.
pub const LIST_MIN_LENGTH: &str = "observer_schema_list_min_length";
/// Member of a control object: most elements that a list may have; 0 for no limit.
pub const LIST_MAX_LENGTH: &str = "observer_schema_list_max_length";
/// Member that closes an observed list: how many elements it really has.
pub const LIST_CURRENT_LENGTH: &str = "observer_schema_list_current_length";

/// Checks the schemas of an application against its manifest and notes all that is wrong, where it is wrong.
pub fn check(schemas: &[Value], manifest: &[Value], violations: &mut Violations) {
    for (index, schema) in schemas.iter().enumerate() {
        let path = format!("spec.observer_schema.{index}");
        let Value::Object(members) = schema else {
            violations.add(path, "The observer schema of a resource must be a dictionary.");
            continue;
        };
        if let Some(identity) = check_identity(&path, members, violations)
            && !manifest.iter().any(|object| identity.names(object))
        {
            violations.add(&path, "Observed resource must be in manifest");
        }
        check_root(&path, members, violations);
    }
}

/// What ties a schema to an object of the manifest. The namespace is no part of it.
struct Identity<'a> {
    api_version: &'a str,
    kind: &'a str,
    name: &'a str,
}

impl Identity<'_> {
    fn names(&self, object: &Value) -> bool {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str);
        text("/apiVersion") == Some(self.api_version)
            && text("/kind") == Some(self.kind)
            && text("/metadata/name") == Some(self.name)
    }
}

fn check_identity<'a>(
    path: &str,
    schema: &'a Map<String, Value>,
    violations: &mut Violations,
) -> Option<Identity<'a>> {
    let text = |value: Option<&'a Value>| value.and_then(Value::as_str).filter(|text| !text.is_empty());
    let api_version = text(schema.get("apiVersion"));
    if api_version.is_none() {
        violations.add(path, "apiVersion is not defined");
    }
    let kind = text(schema.get("kind"));
    if kind.is_none() {
        violations.add(path, "kind is not defined");
    }
    let name = match schema.get("metadata") {
        None => {
            violations.add(path, "metadata dictionary is not defined");
            None
        }
        Some(Value::Object(metadata)) => {
            let name = text(metadata.get("name"));
            if name.is_none() {
                violations.add(
                    format!("{path}.metadata"),
                    "name is not defined in the metadata dictionary",
                );
            }
            name
        }
        Some(_) => {
            violations.add(format!("{path}.metadata"), "metadata must be a dictionary");
            None
        }
    };
    Some(Identity {
        api_version: api_version?,
        kind: kind?,
        name: name?,
    })
}

/// The first level, where identity keeps its values.
fn check_root(path: &str, schema: &Map<String, Value>, violations: &mut Violations) {
    let observed = schema
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "apiVersion" | "kind"));
    for (key, value) in observed {
        let path = format!("{path}.{key}");
        match (key.as_str(), value) {
            ("metadata", Value::Object(metadata)) => {
                for (key, value) in metadata.iter().filter(|(key, _)| *key != "name") {
                    check_member(&format!("{path}.{key}"), key, value, violations);
                }
            }
            // Already reported as not being a dictionary.
            ("metadata", _) => {}
            _ => check_member(&path, key, value, violations),
        }
    }
}

fn check_member(path: &str, key: &str, value: &Value, violations: &mut Violations) {
    check_node(
        path,
        value,
        &format!("Value of '{key}' is not 'None'"),
        violations,
    );
}

fn check_node(path: &str, value: &Value, not_null: &str, violations: &mut Violations) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (key, value) in members {
                check_member(&format!("{path}.{key}"), key, value, violations);
            }
        }
        Value::Array(elements) => check_list(path, elements, violations),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => violations.add(path, not_null),
    }
}

fn check_list(path: &str, elements: &[Value], violations: &mut Violations) {
    let observed = match elements.split_last() {
        Some((Value::Object(control), observed)) if is_control(control) => {
            check_control(
                &format!("{path}.{}", observed.len()),
                control,
                observed.len(),
                violations,
            );
            observed
        }
        _ => {
            violations.add(path, "Special list control dictionary not found");
            elements
        }
    };
    for (index, element) in observed.iter().enumerate() {
        check_node(
            &format!("{path}.{index}"),
            element,
            "Element of a list is not 'None'",
            violations,
        );
    }
}

fn is_control(object: &Map<String, Value>) -> bool {
    object.contains_key(LIST_MIN_LENGTH) || object.contains_key(LIST_MAX_LENGTH)
}

fn check_control(path: &str, control: &Map<String, Value>, observed: usize, violations: &mut Violations) {
    if control.len() != 2 || !control.contains_key(LIST_MIN_LENGTH) || !control.contains_key(LIST_MAX_LENGTH)
    {
        violations.add(path, "Special list control dictionary malformed");
        return;
    }
    let min = check_bound(path, control, LIST_MIN_LENGTH, violations);
    let max = check_bound(path, control, LIST_MAX_LENGTH, violations);
    let Some(max) = max.filter(|max| *max != 0) else {
        return;
    };
    if min.is_some_and(|min| max < min) {
        violations.add(
            path,
            format!("{LIST_MAX_LENGTH} is inferior to {LIST_MIN_LENGTH}"),
        );
    }
    if usize::try_from(max).is_ok_and(|max| max < observed) {
        violations.add(
            path,
            format!("{LIST_MAX_LENGTH} is inferior to the number of observed elements"),
        );
    }
}

fn check_bound(
    path: &str,
    control: &Map<String, Value>,
    bound: &str,
    violations: &mut Violations,
) -> Option<u64> {
    let value = control.get(bound)?;
    if !(value.is_i64() || value.is_u64()) {
        violations.add(path, format!("{bound} should be an integer"));
        return None;
    }
    let valid = value.as_u64();
    if valid.is_none() {
        violations.add(path, format!("Invalid value for {bound}"));
    }
    valid
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest() -> Vec<Value> {
        vec![json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "nginx-demo", "namespace": "secondary"},
            "spec": {"type": "NodePort", "selector": {"app": "nginx"}, "ports": [{"port": 8080}]}
        })]
    }

    fn errors(schema: Value) -> Vec<(String, String)> {
        let mut violations = Violations::new();
        check(&[schema], &manifest(), &mut violations);
        violations
            .iter()
            .map(|v| (v.path.clone(), v.message.clone()))
            .collect()
    }

    fn with_ports(ports: &Value) -> Vec<(String, String)> {
        errors(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "nginx-demo", "namespace": null},
            "spec": {"type": null, "ports": ports}
        }))
    }

    fn control(min: impl Into<Value>, max: impl Into<Value>) -> Value {
        json!({LIST_MIN_LENGTH: min.into(), LIST_MAX_LENGTH: max.into()})
    }

    fn at(path: &str, message: &str) -> Vec<(String, String)> {
        vec![(format!("spec.observer_schema.0{path}"), message.to_owned())]
    }

    #[test]
    fn valid_schemas_pass() {
        assert_eq!(with_ports(&json!([{"port": null}, control(1, 3)])), []);
        assert_eq!(with_ports(&json!([control(1, 0)])), []);
        assert_eq!(
            with_ports(&json!([{"port": null}, {"port": null}, control(1, 0)])),
            []
        );
        let identity = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "nginx-demo"}});
        assert_eq!(errors(identity.clone()), []);
        let mut absent_in_manifest = identity;
        absent_in_manifest["spec"] = json!({"clusterIP": null});
        assert_eq!(errors(absent_in_manifest), []);
    }

    #[test]
    fn lists_need_a_sound_control_object() {
        let list = ".spec.ports";
        assert_eq!(
            with_ports(&json!([null])),
            at(list, "Special list control dictionary not found")
        );
        assert_eq!(
            with_ports(&json!([])),
            at(list, "Special list control dictionary not found")
        );
        for control in [json!({LIST_MIN_LENGTH: 1}), json!({LIST_MAX_LENGTH: 1})] {
            assert_eq!(
                with_ports(&json!([null, control])),
                at(".spec.ports.1", "Special list control dictionary malformed")
            );
        }
        for (control, message) in [
            (
                control("invalidstring", 2),
                format!("{LIST_MIN_LENGTH} should be an integer"),
            ),
            (
                control(0, "invalidstring"),
                format!("{LIST_MAX_LENGTH} should be an integer"),
            ),
            (control(-1, 2), format!("Invalid value for {LIST_MIN_LENGTH}")),
            (control(0, -3), format!("Invalid value for {LIST_MAX_LENGTH}")),
            (
                control(5, 2),
                format!("{LIST_MAX_LENGTH} is inferior to {LIST_MIN_LENGTH}"),
            ),
        ] {
            assert_eq!(with_ports(&json!([null, control])), at(".spec.ports.1", &message));
        }
        assert_eq!(
            with_ports(&json!([null, null, control(0, 1)])),
            at(
                ".spec.ports.2",
                &format!("{LIST_MAX_LENGTH} is inferior to the number of observed elements")
            )
        );
    }

    #[test]
    fn values_are_null() {
        assert_eq!(
            with_ports(&json!([{"port": 8080}, control(1, 1)])),
            at(".spec.ports.0.port", "Value of 'port' is not 'None'")
        );
        assert_eq!(
            with_ports(&json!([8080, control(1, 1)])),
            at(".spec.ports.0", "Element of a list is not 'None'")
        );
    }

    #[test]
    fn identity_is_complete_and_names_an_object_of_the_manifest() {
        let whole = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "nginx-demo"}});
        for (member, message) in [
            ("apiVersion", "apiVersion is not defined"),
            ("kind", "kind is not defined"),
            ("metadata", "metadata dictionary is not defined"),
        ] {
            let mut schema = whole.clone();
            schema.as_object_mut().unwrap().remove(member);
            assert_eq!(errors(schema), at("", message));
        }
        let mut schema = whole.clone();
        schema["metadata"] = json!({});
        assert_eq!(
            errors(schema),
            at(".metadata", "name is not defined in the metadata dictionary")
        );
        let mut schema = whole.clone();
        schema["metadata"] = json!("nginx-demo");
        assert_eq!(errors(schema), at(".metadata", "metadata must be a dictionary"));
        let mut schema = whole;
        schema["kind"] = json!("UnknownResource");
        assert_eq!(errors(schema), at("", "Observed resource must be in manifest"));
    }

    #[test]
    fn everything_wrong_is_reported_at_once() {
        let found = errors(json!({
            "apiVersion": "v1", "metadata": {"name": "nginx-demo", "labels": {"app": "x"}},
            "spec": {"type": "NodePort", "ports": [{"port": 1}, control(-1, "x")]}
        }));
        assert_eq!(found.len(), 6, "{found:?}");
    }
}
