//! One namespace for all objects that can have one.

use std::collections::HashSet;

use super::super::field_spec::FieldSpec;
use super::super::object::Object;
use super::super::value::Value;

const TABLE: &str = include_str!("../tables/namespace.txt");

/// Puts the objects into a namespace.
pub(crate) fn set(namespace: &str, objects: &mut [Object]) -> Result<(), String> {
    if namespace.is_empty() {
        return Ok(());
    }
    let specs = FieldSpec::table(TABLE);
    for object in objects.iter_mut() {
        object.remember();
        one(object, namespace, &specs);
    }
    let mut known = HashSet::with_capacity(objects.len());
    match objects
        .iter()
        .map(Object::identity)
        .find(|identity| !known.insert(identity.clone()))
    {
        Some(identity) => Err(format!("makes two objects of the same name: {identity}")),
        None => Ok(()),
    }
}

fn one(object: &mut Object, namespace: &str, specs: &[FieldSpec]) {
    let kind = object.kind();
    if !kind.is_cluster_scoped() {
        object.move_to(namespace);
    }
    if matches!(kind.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
        default_subjects(&mut object.value, namespace);
    }
    let text = Value::text(namespace);
    for spec in specs {
        let is_name = spec.path.iter().map(String::as_str).eq(["metadata", "name"]);
        if is_name && kind.api_version() != "v1" {
            continue;
        }
        let Ok(()) = spec.visit(&kind, &mut object.value, &text, &mut |value| {
            *value = text.clone();
            Ok::<(), std::convert::Infallible>(())
        });
    }
}

/// The service account `default` is there in every namespace: the one of this namespace is meant.
fn default_subjects(value: &mut Value, namespace: &str) {
    let Some(Value::List(subjects)) = value.as_map_mut().and_then(|map| map.get_mut("subjects")) else {
        return;
    };
    for subject in subjects.iter_mut().filter_map(Value::as_map_mut) {
        if subject.get("name").and_then(Value::as_text) == Some("default") {
            subject.insert("namespace".to_owned(), Value::text(namespace));
        }
    }
}
