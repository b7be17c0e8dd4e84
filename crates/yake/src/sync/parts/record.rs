//! Remembers all that will be there, before any of it is.

use common::graph::{Difference, Readiness};
use common::kube::ObjectId;

use super::super::error::SyncError;
use super::super::inventory::{Entry, Inventory};
use super::super::manifest::{Manifest, lasting};
use super::super::order;
use super::super::session::Session;
use super::part::Change;
use super::store;

/// The first part of a unit.
#[derive(Debug)]
pub(in crate::sync) struct Record {
    /// What the unit wants.
    wanted: Vec<ObjectId>,
}

impl Record {
    /// Of a unit that wants these.
    pub(in crate::sync) fn new(manifests: &[Manifest]) -> Self {
        Self {
            wanted: lasting(manifests),
        }
    }

    pub(super) async fn observe(&self, session: &Session<'_>) -> Result<Option<Inventory>, Vec<SyncError>> {
        let stored = store::load(&session.home, &session.unit.owner)
            .await
            .map_err(|error| vec![error])?;
        let mut wanted = Vec::with_capacity(self.wanted.len());
        for id in &self.wanted {
            wanted.push(match session.target.identify(id).await {
                Ok((_, id)) => id,
                Err(error) if matches!(error.failure, common::kube::Failure::UnknownKind { .. }) => {
                    id.clone()
                }
                Err(error) => return Err(vec![error.into()]),
            });
        }
        session.known.lock().stored.clone_from(&stored);
        Ok(Self::missing(session, stored, wanted))
    }

    /// The inventory that has to be written first; none if the stored one has it all.
    fn missing(session: &Session<'_>, stored: Option<Inventory>, wanted: Vec<ObjectId>) -> Option<Inventory> {
        let unit = session.unit;
        let is_new = stored.is_none();
        let mut inventory =
            stored.unwrap_or_else(|| Inventory::empty(unit.owner.clone(), session.cluster, unit.pruning));
        let known: std::collections::HashSet<_> =
            inventory.entries.iter().map(|entry| entry.id.clone()).collect();
        let more: Vec<_> = wanted.into_iter().filter(|id| !known.contains(id)).collect();
        if more.is_empty() && !is_new {
            return None;
        }
        for id in more {
            inventory.entries.push(Entry { id, uid: None });
        }
        order::sort_entries(&mut inventory.entries);
        Some(inventory)
    }

    pub(super) fn diff(observed: Option<&Inventory>) -> Vec<Difference<Change>> {
        let record = |inventory: &Inventory| Difference::free(Change::Remember(Box::new(inventory.clone())));
        observed.into_iter().map(record).collect()
    }

    pub(super) fn readiness(observed: Option<&Inventory>) -> Readiness {
        match observed {
            None => Readiness::Ready,
            Some(_) => Readiness::Waiting("the inventory is not written yet".to_owned()),
        }
    }
}
