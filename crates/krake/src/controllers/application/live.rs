//! Live objects with the application label, by watches and by the answers to own requests, whichever is newer.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use common::kube::ObjectId;
use serde_json::{Map, Value};

use super::wanted::claimant;

/// Objects of one cluster.
#[derive(Default)]
pub(super) struct Live {
    objects: HashMap<ObjectId, Arc<Value>>,
    /// Objects whose version is of a time that the cluster has gone back behind.
    distrusted: HashSet<ObjectId>,
    by_application: HashMap<String, Vec<ObjectId>>,
}

impl Live {
    pub(super) fn get(&self, id: &ObjectId) -> Option<Arc<Value>> {
        self.objects.get(id).cloned()
    }

    /// Objects with the label of an application.
    pub(super) fn of(&self, uid: &str) -> Vec<ObjectId> {
        self.by_application.get(uid).cloned().unwrap_or_default()
    }

    /// Objects of a kind.
    pub(super) fn of_kind(&self, api_version: &str, kind: &str) -> Vec<ObjectId> {
        let is_of_kind = |id: &&ObjectId| id.api_version == api_version && id.kind == kind;
        self.objects.keys().filter(is_of_kind).cloned().collect()
    }

    /// Takes in an object; false if nothing came of it because it is not newer than what is known, or not an
    /// object of an application.
    pub(super) fn set(&mut self, id: &ObjectId, object: Arc<Value>) -> bool {
        let Some(uid) = claimant(&object).map(str::to_owned) else {
            return self.remove(id);
        };
        let known = self.objects.get(id);
        let is_known = known.is_some_and(|known| version(known) >= version(&object));
        if is_made_by_another(&object) || (is_known && !self.distrusted.contains(id)) {
            return false;
        }
        self.distrusted.remove(id);
        if known.and_then(|known| claimant(known)) != Some(&uid) {
            self.remove(id);
            self.by_application.entry(uid).or_default().push(id.clone());
        }
        self.objects.insert(id.clone(), kept(object));
        true
    }

    /// From now on whatever is told of an object counts as newer than what is known of it: once each.
    pub(super) fn distrust_versions(&mut self) {
        self.distrusted = self.objects.keys().cloned().collect();
    }

    /// Forgets an object that is gone.
    pub(super) fn remove(&mut self, id: &ObjectId) -> bool {
        self.distrusted.remove(id);
        let Some(object) = self.objects.remove(id) else {
            return false;
        };
        if let Some(uid) = claimant(&object)
            && let Some(ids) = self.by_application.get_mut(uid)
        {
            ids.retain(|other| other != id);
            if ids.is_empty() {
                self.by_application.remove(uid);
            }
        }
        true
    }
}

/// Kubernetes copies labels to objects that it makes (the endpoint slices of a Service), which are nobody's manifest.
fn is_made_by_another(object: &Value) -> bool {
    let owners = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    owners.is_some_and(|owners| !owners.is_empty())
}

/// An object as it is kept: without managed fields, which are most of its size and of no use here, and without
/// the room to grow that parsing leaves in every map, list and text. Many objects are kept for long.
fn kept(object: Arc<Value>) -> Arc<Value> {
    let mut object = Arc::unwrap_or_clone(object);
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.shift_remove("managedFields");
    }
    Arc::new(compact(object))
}

fn compact(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut exact = Map::with_capacity(members.len());
            for (mut name, member) in members {
                name.shrink_to_fit();
                exact.insert(name, compact(member));
            }
            Value::Object(exact)
        }
        Value::Array(items) => {
            let mut exact: Vec<Value> = items.into_iter().map(compact).collect();
            exact.shrink_to_fit();
            Value::Array(exact)
        }
        Value::String(mut text) => {
            text.shrink_to_fit();
            Value::String(text)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// Versions of one cluster are comparable numbers since Kubernetes 1.35, and were in effect before.
fn version(object: &Value) -> u64 {
    let version = object
        .pointer("/metadata/resourceVersion")
        .and_then(Value::as_str);
    version
        .and_then(|version| version.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::controllers::application::names::APPLICATION_LABEL;

    fn object(version: u64, uid: &str) -> Arc<Value> {
        Arc::new(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
            "name": "reed", "resourceVersion": version.to_string(), "labels": {APPLICATION_LABEL: uid}}}))
    }

    fn reed() -> ObjectId {
        ObjectId::of(&object(1, "u")).unwrap()
    }

    #[test]
    fn an_older_copy_never_replaces_a_newer_one() {
        let mut live = Live::default();
        assert!(live.set(&reed(), object(5, "u1")));
        assert!(
            !live.set(&reed(), object(5, "u1")),
            "the echo of an own request is no change"
        );
        assert!(!live.set(&reed(), object(4, "u1")));
        assert!(
            live.set(&reed(), object(10, "u1")),
            "versions are numbers, not texts"
        );
    }

    #[test]
    fn after_a_restore_an_older_version_is_the_newer_one_once() {
        let mut live = Live::default();
        live.set(&reed(), object(5, "u1"));
        live.distrust_versions();
        assert!(live.set(&reed(), object(3, "u1")));
        assert!(!live.set(&reed(), object(2, "u1")));
        assert!(live.set(&reed(), object(4, "u1")));
    }

    #[test]
    fn an_object_belongs_to_the_application_of_its_label() {
        let mut live = Live::default();
        live.set(&reed(), object(1, "u1"));
        live.set(&reed(), object(2, "u2"));
        assert_eq!((live.of("u1"), live.of("u2")), (Vec::new(), vec![reed()]));
        let mut bare = Value::clone(&object(3, "u2"));
        bare["metadata"]["labels"] = json!({});
        assert!(
            live.set(&reed(), Arc::new(bare)),
            "without the label it counts as gone"
        );
        assert_eq!(live.of("u2"), Vec::new());
        assert!(!live.remove(&reed()));
    }

    #[test]
    fn what_kubernetes_made_of_an_object_is_no_object_of_the_application() {
        let mut live = Live::default();
        let mut slice = Value::clone(&object(1, "u1"));
        slice["metadata"]["ownerReferences"] = json!([{"kind": "Service", "name": "well"}]);
        assert!(!live.set(&reed(), Arc::new(slice)));
    }
}
