//! Which object is meant.

use serde_json::Value;

use crate::api::ObjectRef;

/// Identity of an object of a manifest; `None` when `apiVersion`, `kind` or `metadata.name` is missing,
/// which validation at the API excludes.
pub fn object_ref(object: &Value) -> Option<ObjectRef> {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str);
    Some(ObjectRef {
        api_version: text("/apiVersion")?.to_owned(),
        kind: text("/kind")?.to_owned(),
        namespace: text("/metadata/namespace").map(str::to_owned),
        name: text("/metadata/name")?.to_owned(),
    })
}

/// Whether two trees name the same kind and name; the namespace does not count.
pub fn same_name(one: &Value, other: &Value) -> bool {
    ["/apiVersion", "/kind", "/metadata/name"]
        .iter()
        .all(|pointer| one.pointer(pointer).is_some() && one.pointer(pointer) == other.pointer(pointer))
}

/// Whether an observed or earlier object is the given one: the namespace counts where the other has one.
pub fn same_object(object: &Value, other: &Value) -> bool {
    let namespace = |tree: &Value| {
        tree.pointer("/metadata/namespace")
            .cloned()
            .filter(|value| !value.is_null())
    };
    same_name(object, other)
        && namespace(other).is_none_or(|other| namespace(object).as_ref() == Some(&other))
}

/// Pairs every object with its schema: the n-th object of a name with the n-th schema of that name, or with
/// the last one. `None` for objects without a schema.
pub fn pair<'a>(objects: &'a [Value], schemas: &'a [Value]) -> Vec<(&'a Value, Option<&'a Value>)> {
    objects
        .iter()
        .enumerate()
        .map(|(index, object)| {
            let earlier = objects
                .iter()
                .take(index)
                .filter(|other| same_name(other, object))
                .count();
            let matching = || schemas.iter().filter(|schema| same_name(schema, object));
            (object, matching().nth(earlier).or_else(|| matching().next_back()))
        })
        .collect()
}
