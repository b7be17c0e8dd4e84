//! Does an object stand as an apply would leave it? Told from the object alone, so that what is in line costs no
//! request of its own. Pure.

use serde_json::{Map, Value};

use super::ownership::{is_apply_of, managed_fields};

/// Members of an object that managed fields never name.
const IDENTITY: [&str; 2] = ["apiVersion", "kind"];
/// The same, of the metadata.
const NAMES: [&str; 2] = ["name", "namespace"];
/// The only key member of a built-in list that may be left out of a manifest.
const DEFAULT_KEY: (&str, &str) = ("protocol", "TCP");

/// Whether applying `manifest` under the field manager would change nothing in `live`: the manager owns exactly the
/// members of the manifest, and they have its values. A `false` may also mean that the server writes a value in
/// another way (quantities, defaults inside of what is replaced as a whole): only a dry run tells.
pub fn stands(live: &Value, manifest: &Value, field_manager: &str) -> bool {
    let mut applies = managed_fields(live)
        .iter()
        .filter(|entry| is_apply_of(entry, field_manager));
    let (Some(entry), None) = (applies.next(), applies.next()) else {
        return false;
    };
    let fields = entry.get("fieldsV1").and_then(Value::as_object);
    let (Some(fields), Some(manifest), Some(live_members)) = (fields, manifest.as_object(), live.as_object())
    else {
        return false;
    };
    entry.get("apiVersion") == manifest.get("apiVersion")
        && members(fields, manifest, live_members, Place::Object)
}

/// Which members are left out of managed fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Object,
    Metadata,
    Inside,
}

impl Place {
    fn leaves_out(self, name: &str) -> bool {
        match self {
            Self::Object => IDENTITY.contains(&name),
            Self::Metadata => NAMES.contains(&name),
            Self::Inside => false,
        }
    }
}

fn members(
    fields: &Map<String, Value>,
    manifest: &Map<String, Value>,
    live: &Map<String, Value>,
    place: Place,
) -> bool {
    let wanted = manifest.iter().filter(|(name, _)| !place.leaves_out(name));
    let mut count = 0;
    for (name, value) in wanted {
        let owned = fields.get(&format!("f:{name}")).and_then(Value::as_object);
        let below = if place == Place::Object && name == "metadata" {
            Place::Metadata
        } else {
            Place::Inside
        };
        let is_same = match (owned, live.get(name)) {
            // Metadata that name nothing but the object leave no trace.
            (None, Some(_)) if below == Place::Metadata => value
                .as_object()
                .is_some_and(|metadata| metadata.keys().all(|name| below.leaves_out(name))),
            (Some(owned), Some(live)) => {
                count += 1;
                is_value(owned, value, live, below)
            }
            _ => false,
        };
        if !is_same {
            return false;
        }
    }
    count == fields.keys().filter(|key| key.as_str() != ".").count()
}

fn is_value(owned: &Map<String, Value>, manifest: &Value, live: &Value, place: Place) -> bool {
    if owned.is_empty() {
        return manifest == live;
    }
    match (manifest, live) {
        (Value::Object(manifest), Value::Object(live)) => members(owned, manifest, live, place),
        (Value::Array(manifest), Value::Array(live)) => entries(owned, manifest, live),
        _ => false,
    }
}

/// Lists that are merged: by keys (`k:`) or as sets (`v:`).
fn entries(owned: &Map<String, Value>, manifest: &[Value], live: &[Value]) -> bool {
    let keys: Vec<_> = owned.iter().filter(|(key, _)| key.as_str() != ".").collect();
    keys.len() == manifest.len()
        && keys
            .into_iter()
            .all(|(key, inner)| is_entry(key, inner, manifest, live))
}

fn is_entry(key: &str, inner: &Value, manifest: &[Value], live: &[Value]) -> bool {
    match key.split_once(':') {
        Some(("v", text)) => serde_json::from_str::<Value>(text)
            .is_ok_and(|value| manifest.contains(&value) && live.contains(&value)),
        Some(("k", text)) => {
            let Ok(key) = serde_json::from_str::<Map<String, Value>>(text) else {
                return false;
            };
            let of = |list: &[Value]| list.iter().position(|entry| has_key(entry, &key));
            let found = of(manifest).and_then(|at| manifest.get(at));
            let there = of(live).and_then(|at| live.get(at));
            match (inner.as_object(), found, there) {
                (Some(inner), Some(Value::Object(manifest)), Some(Value::Object(live))) => members(
                    &without_defaults(inner, &key, manifest),
                    manifest,
                    live,
                    Place::Inside,
                ),
                _ => false,
            }
        }
        _ => false,
    }
}

fn has_key(entry: &Value, key: &Map<String, Value>) -> bool {
    key.iter().all(|(name, value)| match entry.get(name) {
        Some(own) => own == value,
        None => name == DEFAULT_KEY.0 && value.as_str() == Some(DEFAULT_KEY.1),
    })
}

/// A key member that the server filled in is owned although no manifest names it.
fn without_defaults(
    inner: &Map<String, Value>,
    key: &Map<String, Value>,
    manifest: &Map<String, Value>,
) -> Map<String, Value> {
    let mut inner = inner.clone();
    for name in key.keys().filter(|name| !manifest.contains_key(*name)) {
        inner.remove(&format!("f:{name}"));
    }
    inner
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest() -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "tarn",
            "labels": {"app": "web"}}, "spec": {"ports": [{"port": 80, "name": "http"}], "selector": {"app": "web"}}})
    }

    fn live() -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "tarn",
            "labels": {"app": "web", "other": "x"}, "uid": "1", "managedFields": [
            {"manager": "ours", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}":
                        {".": {}, "f:port": {}, "f:name": {}, "f:protocol": {}}},
                    "f:selector": {}}}}]},
            "spec": {"clusterIP": "10.0.0.1", "selector": {"app": "web"},
                "ports": [{"port": 80, "protocol": "TCP", "name": "http", "targetPort": 80}]}})
    }

    #[test]
    fn what_was_applied_stands_whatever_the_server_and_others_add() {
        assert!(stands(&live(), &manifest(), "ours"));
    }

    enum Object {
        Live,
        Wanted,
    }

    #[test]
    fn any_difference_is_seen() {
        let seen = |what: &str, object: Object, pointer: &str, value: Value| {
            let (mut live, mut wanted) = (live(), manifest());
            let changed = match object {
                Object::Live => &mut live,
                Object::Wanted => &mut wanted,
            };
            *changed.pointer_mut(pointer).unwrap() = value;
            assert!(!stands(&live, &wanted, "ours"), "{what}");
        };
        let two = json!([{"port": 80, "name": "http"}, {"port": 81, "name": "b"}]);
        seen("a value drifted", Object::Live, "/spec/ports/0/name", json!("x"));
        seen(
            "a label drifted",
            Object::Live,
            "/metadata/labels/app",
            json!("x"),
        );
        seen(
            "a member is gone",
            Object::Live,
            "/spec",
            json!({"ports": [{"port": 80, "protocol": "TCP"}]}),
        );
        seen(
            "another value is wanted",
            Object::Wanted,
            "/spec/selector",
            json!({"app": "x"}),
        );
        seen(
            "another member is wanted",
            Object::Wanted,
            "/metadata/labels",
            json!({"app": "web", "b": "c"}),
        );
        seen("another entry is wanted", Object::Wanted, "/spec/ports", two);
        seen(
            "a member is wanted no more",
            Object::Wanted,
            "/metadata",
            json!({"name": "web"}),
        );
        seen(
            "nobody applied it",
            Object::Live,
            "/metadata/managedFields",
            json!([]),
        );
        assert!(!stands(&live(), &manifest(), "others"));
    }

    #[test]
    fn sets_are_compared_as_sets() {
        let mut live = live();
        live["metadata"]["finalizers"] = json!(["other", "mine"]);
        live["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]["f:finalizers"] =
            json!({"v:\"mine\"": {}});
        let mut wanted = manifest();
        wanted["metadata"]["finalizers"] = json!(["mine"]);
        assert!(stands(&live, &wanted, "ours"));
        live["metadata"]["finalizers"] = json!(["other"]);
        assert!(!stands(&live, &wanted, "ours"));
    }
}
