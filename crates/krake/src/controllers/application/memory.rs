//! What is remembered between passes. Losing it costs some requests, never correctness.

use std::collections::HashMap;

use common::kube::ObjectId;
use parking_lot::Mutex;
use serde_json::Value;

use super::compare::Settled;
use super::contention::{Contention, Verdict};
use crate::api::{ResourceRef, Timestamp};
use crate::client::ObjectKey;

#[derive(Default)]
struct Memory {
    uid: String,
    settled: HashMap<(ResourceRef, ObjectId), Settled>,
    contention: HashMap<ObjectId, Contention>,
    /// Filled objects on a cluster to which the application is moving.
    arriving: Option<(ResourceRef, Vec<Value>)>,
}

/// Memories of all applications.
#[derive(Default)]
pub(super) struct Memories {
    of: Mutex<HashMap<ObjectKey, Memory>>,
}

impl Memories {
    /// Forgets an application that is gone.
    pub(super) fn forget(&self, key: &ObjectKey) {
        self.of.lock().remove(key);
    }

    fn with<T>(&self, key: &ObjectKey, uid: &str, act: impl FnOnce(&mut Memory) -> T) -> T {
        let mut of = self.of.lock();
        let memory = of.entry(key.clone()).or_default();
        if memory.uid != uid {
            *memory = Memory {
                uid: uid.to_owned(),
                ..Memory::default()
            };
        }
        act(memory)
    }

    pub(super) fn settled(
        &self,
        key: &ObjectKey,
        uid: &str,
        cluster: &ResourceRef,
        id: &ObjectId,
    ) -> Option<Settled> {
        self.with(key, uid, |memory| {
            memory.settled.get(&(cluster.clone(), id.clone())).copied()
        })
    }

    pub(super) fn settle(
        &self,
        key: &ObjectKey,
        uid: &str,
        cluster: &ResourceRef,
        id: &ObjectId,
        settled: Settled,
    ) {
        self.with(key, uid, |memory| {
            memory.settled.insert((cluster.clone(), id.clone()), settled)
        });
    }

    /// Forgets what was applied to a cluster.
    pub(super) fn leave(&self, key: &ObjectKey, uid: &str, cluster: &ResourceRef) {
        self.with(key, uid, |memory| {
            memory.settled.retain(|(on, _), _| on != cluster);
        });
    }

    pub(super) fn ask_repair(
        &self,
        key: &ObjectKey,
        uid: &str,
        id: &ObjectId,
        members: &[String],
        now: Timestamp,
    ) -> Verdict {
        self.with(key, uid, |memory| {
            memory.contention.entry(id.clone()).or_default().ask(members, now)
        })
    }

    pub(super) fn set_arriving(
        &self,
        key: &ObjectKey,
        uid: &str,
        cluster: &ResourceRef,
        objects: Vec<Value>,
    ) {
        self.with(key, uid, |memory| {
            memory.arriving = Some((cluster.clone(), objects));
        });
    }

    pub(super) fn arriving(&self, key: &ObjectKey, uid: &str, cluster: &ResourceRef) -> Option<Vec<Value>> {
        self.with(key, uid, |memory| match &memory.arriving {
            Some((on, objects)) if on == cluster => Some(objects.clone()),
            Some(_) | None => None,
        })
    }
}
