//! Watching the objects of a landscape, so that what differs from Git is seen at once.
//!
//! Only what an object *shall* be counts, and its health while something waits for it: controllers write statuses all
//! the time.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::kube::{Change, Connection, ObjectId, WatchSet};
use common::reconcile::Queue;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::mpsc;

use super::Key;
use crate::api::Cluster;

/// Watches of one landscape, one set per cluster.
pub(super) struct Following {
    key: Key,
    queue: Queue<Key>,
    /// Somebody waits for health: statuses count as well.
    waits: Arc<AtomicBool>,
    sets: HashMap<Cluster, (String, WatchSet<Cluster>)>,
}

impl Following {
    pub(super) fn new(key: Key, queue: Queue<Key>) -> Self {
        Self {
            key,
            queue,
            waits: Arc::default(),
            sets: HashMap::new(),
        }
    }

    /// Whether something waits until objects are well.
    pub(super) fn wait(&self, waits: bool) {
        self.waits.store(waits, Ordering::Relaxed);
    }

    /// Follows these objects of a cluster, and no others of it.
    pub(super) fn subscribe(
        &mut self,
        cluster: Cluster,
        connection: &Connection,
        selector: &str,
        objects: Vec<ObjectId>,
    ) {
        let is_same = self
            .sets
            .get(&cluster)
            .is_some_and(|(server, _)| server == connection.server());
        if !is_same {
            let (sender, receiver) = mpsc::unbounded_channel();
            let set = WatchSet::new(connection.clone(), Some(selector.to_owned()), sender);
            let (key, queue, waits) = (self.key.clone(), self.queue.clone(), Arc::clone(&self.waits));
            tokio::spawn(listen(receiver, key, queue, waits));
            self.sets.insert(cluster, (connection.server().to_owned(), set));
        }
        if let Some((_, set)) = self.sets.get(&cluster) {
            set.subscribe(&cluster, objects);
        }
    }
}

async fn listen(
    mut changes: mpsc::UnboundedReceiver<Change<Cluster>>,
    key: Key,
    queue: Queue<Key>,
    waits: Arc<AtomicBool>,
) {
    let seen: Mutex<HashMap<ObjectId, u64>> = Mutex::default();
    while let Some(change) = changes.recv().await {
        let matters = match change {
            Change::Present { id, object, .. } => {
                let digest = digest(&object);
                let before = seen.lock().insert(id, digest);
                before != Some(digest) || waits.load(Ordering::Relaxed)
            }
            Change::Absent { id, .. } => seen.lock().remove(&id).is_some(),
            Change::Blind { error, .. } => {
                tracing::debug!(%error, "objects of a landscape cannot be followed");
                false
            }
        };
        if matters {
            queue.add(key.clone());
        }
    }
}

/// What an object shall be, without what every write changes.
fn digest(object: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        match name.as_str() {
            "status" => {}
            "metadata" => {
                for member in [
                    "labels",
                    "annotations",
                    "deletionTimestamp",
                    "finalizers",
                    "ownerReferences",
                ] {
                    value.get(member).map(Value::to_string).hash(&mut hasher);
                }
            }
            _ => (name, value.to_string()).hash(&mut hasher),
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn statuses_and_versions_do_not_count_and_everything_else_does() {
        let object = json!({"kind": "A", "metadata": {"labels": {"a": "b"}, "resourceVersion": "1"}, "spec": {"x": 1}, "status": {}});
        let mut other = object.clone();
        other["status"] = json!({"ready": true});
        other["metadata"]["resourceVersion"] = json!("2");
        assert_eq!(digest(&object), digest(&other));
        for (pointer, value) in [("/spec/x", json!(2)), ("/metadata/labels/a", json!("c"))] {
            let mut other = object.clone();
            *other.pointer_mut(pointer).unwrap() = value;
            assert_ne!(digest(&object), digest(&other), "{pointer}");
        }
    }
}
