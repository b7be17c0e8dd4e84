//! What makes an application worth a look: its own changes, those of its clusters' records, those of its objects.
//! Changes that this controller itself makes to the status are none, so that a failure that is reported does not
//! cut its own pause short.

use std::sync::Arc;

use common::reconcile::Queue;
use tokio::sync::mpsc::UnboundedReceiver;

use super::outcome::is_schedulers;
use super::stage::Standing;
use super::worker::Worker;
use crate::api::{Application, Cluster, Kind, ResourceRef};
use crate::client::{Cache, Change, ObjectKey};

/// Adds keys to the queue for as long as it is polled.
pub(super) async fn run(
    worker: Arc<Worker>,
    queue: Queue<ObjectKey>,
    applications: Cache<Application>,
    clusters: Cache<Cluster>,
    mut objects: UnboundedReceiver<String>,
) {
    let mut application_changes = applications.subscribe();
    let mut cluster_changes = clusters.subscribe();
    loop {
        tokio::select! {
            Some(change) = application_changes.recv() => {
                worker.index.lock().follow(&change);
                // Lets go of copies that the cache has caught up with.
                worker.book.get(&change.key);
                if concerns(&change) {
                    queue.add(change.key);
                }
            }
            Some(change) = cluster_changes.recv() => {
                let Some(reference) = changed_cluster(&change) else { continue };
                if change.new.is_none() {
                    worker.members.forget(&reference);
                }
                let concerned = applications.list().into_iter().filter(|application| is_on(application, &reference));
                queue.extend(concerned.map(|application| ObjectKey::of(&*application)));
            }
            Some(uid) = objects.recv() => {
                let key = worker.index.lock().get(&uid);
                queue.extend(key);
            }
            else => return,
        }
    }
}

/// Whether a change is one that others made.
fn concerns(change: &Change<Application>) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else {
        return true;
    };
    let (before, after) = (&old.status, &new.status);
    old.metadata.uid != new.metadata.uid
        || old.metadata.modified != new.metadata.modified
        || old.metadata.deleted != new.metadata.deleted
        || (new.metadata.is_deleted() && old.metadata.finalizers != new.metadata.finalizers)
        || before.kube_controller_triggered != after.kube_controller_triggered
        || before.scheduled_to != after.scheduled_to
        || is_schedulers(before) != is_schedulers(after)
}

/// The cluster, if something changed by which applications are concerned.
fn changed_cluster(change: &Change<Cluster>) -> Option<ResourceRef> {
    let reference = |cluster: &Cluster| cluster.reference();
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => {
            let standing =
                |cluster: &Cluster| Standing::of(cluster.status.state, cluster.metadata.is_deleted());
            let is_same = standing(old) == standing(new)
                && old.spec.kubeconfig == new.spec.kubeconfig
                && old.spec.custom_resources == new.spec.custom_resources;
            (!is_same).then(|| reference(new))
        }
        (Some(cluster), None) | (None, Some(cluster)) => Some(reference(cluster)),
        (None, None) => None,
    }
}

/// Whether an application runs, shall run, or has something left on a cluster.
fn is_on(application: &Application, cluster: &ResourceRef) -> bool {
    let status = &application.status;
    status.running_on.as_ref() == Some(cluster)
        || status.scheduled_to.as_ref() == Some(cluster)
        || status
            .placements
            .iter()
            .any(|placement| placement.cluster == *cluster)
}
