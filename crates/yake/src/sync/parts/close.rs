//! Forgets what is gone: the inventory becomes what the unit wants, and what could not be removed yet.

use common::graph::{Difference, Readiness};
use common::kube::ObjectId;
use serde_json::Value;

use super::super::error::SyncError;
use super::super::inventory::{Entry, Inventory};
use super::super::manifest::{Manifest, lasting};
use super::super::order;
use super::super::session::Session;
use super::part::Change;

/// The last part of a unit.
#[derive(Debug)]
pub(in crate::sync) struct Close {
    wanted: Vec<ObjectId>,
}

impl Close {
    pub(in crate::sync) fn new(manifests: &[Manifest]) -> Self {
        Self {
            wanted: lasting(manifests),
        }
    }

    /// The inventory as it shall be, and whether it is.
    pub(super) async fn observe(&self, session: &Session<'_>) -> Result<Option<Inventory>, Vec<SyncError>> {
        let unit = session.unit;
        let mut inventory = Inventory::empty(unit.owner.clone(), session.cluster, unit.pruning);
        for id in &self.wanted {
            let id = session
                .target
                .identify(id)
                .await
                .map_or_else(|_| id.clone(), |(_, id)| id);
            let known = session.known.lock();
            let uid = known
                .wanted
                .get(&id)
                .and_then(|object| object.pointer("/metadata/uid"));
            let uid = uid.and_then(Value::as_str).map(str::to_owned);
            inventory.entries.push(Entry { id, uid });
        }
        let known = session.known.lock();
        inventory.entries.extend(known.leftover.iter().cloned());
        inventory.revision.clone_from(&session.revision);
        order::sort_entries(&mut inventory.entries);
        Ok((known.stored.as_ref() != Some(&inventory)).then_some(inventory))
    }

    pub(super) fn diff(observed: Option<&Inventory>) -> Vec<Difference<Change>> {
        let forget = |inventory: &Inventory| Difference::free(Change::Forget(Box::new(inventory.clone())));
        observed.into_iter().map(forget).collect()
    }

    pub(super) fn readiness(observed: Option<&Inventory>) -> Readiness {
        match observed {
            None => Readiness::Ready,
            Some(_) => Readiness::Waiting("the inventory is not up to date".to_owned()),
        }
    }
}
