//! The clusters that are in use, each with one connection and one set of watches.

use std::collections::HashMap;
use std::sync::Arc;

use common::kube::{ConnectionPool, Error, Timeouts};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::mpsc;

use super::member::Member;
use crate::api::{Cluster, Kind, ResourceRef};

struct Entry {
    kubeconfig: Value,
    member: Arc<Member>,
}

/// Clusters by reference.
pub(super) struct Members {
    pool: ConnectionPool,
    entries: Mutex<HashMap<ResourceRef, Entry>>,
    changed: mpsc::UnboundedSender<String>,
}

impl Members {
    pub(super) fn new(changed: mpsc::UnboundedSender<String>) -> Self {
        Self {
            pool: ConnectionPool::new(Timeouts::default()),
            entries: Mutex::default(),
            changed,
        }
    }

    /// Access to a cluster. A changed kubeconfig makes a new connection and new watches.
    pub(super) async fn get(&self, cluster: &Cluster) -> Result<Arc<Member>, Error> {
        let reference = cluster.reference();
        let kubeconfig = Value::Object(cluster.spec.kubeconfig.expose().clone());
        if let Some(entry) = self.entries.lock().get(&reference)
            && entry.kubeconfig == kubeconfig
        {
            return Ok(entry.member.clone());
        }
        let connection = self.pool.get(&kubeconfig).await?;
        let mut entries = self.entries.lock();
        if let Some(entry) = entries.get(&reference)
            && entry.kubeconfig == kubeconfig
        {
            return Ok(entry.member.clone());
        }
        let member = Arc::new(Member::new(connection, self.changed.clone()));
        entries.insert(
            reference,
            Entry {
                kubeconfig,
                member: member.clone(),
            },
        );
        Ok(member)
    }

    /// Access to a cluster that is in use already.
    pub(super) fn known(&self, reference: &ResourceRef) -> Option<Arc<Member>> {
        self.entries
            .lock()
            .get(reference)
            .map(|entry| entry.member.clone())
    }

    /// Stops to follow a cluster whose record is gone.
    pub(super) fn forget(&self, reference: &ResourceRef) {
        self.entries.lock().remove(reference);
    }
}
