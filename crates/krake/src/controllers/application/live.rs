//! Live objects with the application label, by watches and by the answers to own requests, whichever is newer.

use std::collections::HashMap;
use std::sync::Arc;

use common::kube::ObjectId;
use serde_json::Value;

use super::wanted::claimant;

/// Objects of one cluster.
#[derive(Default)]
pub(super) struct Live {
    objects: HashMap<ObjectId, Arc<Value>>,
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
        if is_made_by_another(&object) || known.is_some_and(|known| version(known) >= version(&object)) {
            return false;
        }
        if known.and_then(|known| claimant(known)) != Some(&uid) {
            self.remove(id);
            self.by_application.entry(uid).or_default().push(id.clone());
        }
        self.objects.insert(id.clone(), without_managed_fields(object));
        true
    }

    /// Forgets an object that is gone.
    pub(super) fn remove(&mut self, id: &ObjectId) -> bool {
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

/// They are most of an object's size and of no use here.
fn without_managed_fields(mut object: Arc<Value>) -> Arc<Value> {
    if object.pointer("/metadata/managedFields").is_some()
        && let Some(Value::Object(metadata)) = Arc::make_mut(&mut object).get_mut("metadata")
    {
        metadata.shift_remove("managedFields");
    }
    object
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
