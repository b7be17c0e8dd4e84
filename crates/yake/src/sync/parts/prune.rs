//! What is gone from Git goes from the cluster, last first, unless something speaks against it. Nothing is forgotten
//! before it is gone.

use common::graph::{Difference, Disruption, Permission, Readiness};
use common::kube::{Deleted, ObjectId, Propagation, is_applied_by};
use futures::stream::{self, StreamExt};
use serde_json::Value;

use super::super::error::{SyncError, words};
use super::super::inventory::{Entry, is_same};
use super::super::live::PARALLEL;
use super::super::manifest::{Manifest, lasting};
use super::super::policy::Policy;
use super::super::session::Session;
use super::super::unit::{Emptiness, Owner, Pruning};
use super::part::Change;
use crate::api::names;
use crate::landscape::guard::{self, Removal};

/// The part that removes.
#[derive(Debug)]
pub(in crate::sync) struct Prune {
    /// What the unit wants, and what of it is marked for removal.
    wanted: Vec<ObjectId>,
    marked: Vec<ObjectId>,
    /// How many objects the unit wants that are not kept for ever anyway.
    substance: usize,
}

/// An object that is wanted no more.
#[derive(Debug, Clone)]
pub(in crate::sync) struct Leftover {
    pub(super) entry: Entry,
    pub(super) fate: Fate,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is not there, or no longer this unit's: nothing to do.
    Done,
    /// It is to be deleted.
    Delete,
    /// It is being deleted, or will be; the text says what holds it.
    Going(String),
    /// Another unit takes it over; the text says which.
    HandedOver(String),
    /// It must not be deleted; the text says why, and what would permit it.
    Blocked(String),
}

impl Prune {
    pub(in crate::sync) fn new(manifests: &[Manifest]) -> Self {
        let is_marked = |manifest: &&Manifest| manifest.policy.is_to_be_removed;
        let id = |manifest: &Manifest| manifest.id.clone();
        Self {
            wanted: lasting(manifests),
            marked: manifests.iter().filter(is_marked).map(id).collect(),
            substance: manifests
                .iter()
                .filter(|manifest| !manifest.policy.is_kept)
                .count(),
        }
    }

    pub(super) async fn observe(&self, session: &Session<'_>) -> Result<Vec<Leftover>, Vec<SyncError>> {
        let candidates = self.candidates(session).await.map_err(|error| vec![error])?;
        let looks: Vec<_> = candidates.into_iter().map(|entry| look(session, entry)).collect();
        let found: Vec<_> = stream::iter(looks).buffered(PARALLEL).collect().await;
        let (mut leftovers, mut errors) = (Vec::new(), Vec::new());
        for found in found {
            match found {
                Ok(leftover) => leftovers.push(leftover),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        self.refuse_emptiness(session, &mut leftovers);
        leftovers.reverse();
        remember(session, &leftovers);
        Ok(leftovers)
    }

    /// What the inventory has and Git has not, or marks for removal.
    async fn candidates(&self, session: &Session<'_>) -> Result<Vec<Entry>, SyncError> {
        let mut wanted = Vec::with_capacity(self.wanted.len());
        for id in &self.wanted {
            let full = session.target.identify(id).await;
            wanted.push(full.map_or_else(|_| id.clone(), |(_, full)| full));
        }
        let wanted: std::collections::HashSet<_> = wanted.iter().map(ObjectId::versionless).collect();
        let stored = session.known.lock().stored.clone();
        let entries = stored.into_iter().flat_map(|stored| stored.entries);
        let mut gone: Vec<_> = entries
            .filter(|entry| !wanted.contains(&entry.id.versionless()))
            .collect();
        if session.unit.pruning == Pruning::Keep {
            gone.retain(|entry| self.marked.iter().any(|id| is_same(id, &entry.id)));
        }
        Ok(gone)
    }

    /// A unit that builds to nothing has most likely lost its files by mistake.
    fn refuse_emptiness(&self, session: &Session<'_>, leftovers: &mut [Leftover]) {
        if self.substance > 0 || session.unit.emptiness == Emptiness::Consented || !self.marked.is_empty() {
            return;
        }
        let to_go = leftovers
            .iter()
            .filter(|leftover| leftover.fate == Fate::Delete)
            .count();
        for leftover in leftovers
            .iter_mut()
            .filter(|leftover| leftover.fate == Fate::Delete)
        {
            leftover.fate = Fate::Blocked(format!(
                "the unit builds to nothing and {to_go} objects would go; if that is meant, set allowEmpty: true for the unit"
            ));
        }
    }

    pub(super) fn diff(observed: &[Leftover]) -> Vec<Difference<Change>> {
        let difference = |leftover: &Leftover| {
            let permission = match &leftover.fate {
                Fate::Done | Fate::Going(_) | Fate::HandedOver(_) => return None,
                Fate::Delete => Permission::Given,
                Fate::Blocked(reason) => Permission::Missing(reason.clone()),
            };
            Some(Difference {
                change: Change::Delete(Box::new(leftover.entry.clone())),
                disruption: Disruption::Destructive,
                permission,
            })
        };
        observed.iter().filter_map(difference).collect()
    }

    pub(super) fn readiness(observed: &[Leftover]) -> Readiness {
        let mut waits = None;
        let blocked: Vec<_> = observed
            .iter()
            .filter_map(|leftover| match &leftover.fate {
                Fate::Blocked(reason) => Some(format!("{}: {reason}", leftover.entry.id)),
                Fate::Going(reason) | Fate::HandedOver(reason) => {
                    waits.get_or_insert_with(|| format!("{}: {reason}", leftover.entry.id));
                    None
                }
                Fate::Delete | Fate::Done => None,
            })
            .collect();
        match (blocked.first(), waits) {
            (Some(first), _) => Readiness::Failed(first.clone()),
            (None, Some(waits)) => Readiness::Waiting(waits),
            (None, None) => Readiness::Ready,
        }
    }

    pub(super) fn settle(mut leftovers: Vec<Leftover>, applied: &[(Entry, Fate)]) -> Vec<Leftover> {
        for leftover in &mut leftovers {
            if let Some((_, fate)) = applied.iter().find(|(entry, _)| *entry == leftover.entry) {
                leftover.fate = fate.clone();
            }
        }
        leftovers
    }
}

/// What has still to be remembered after this pass.
fn remember(session: &Session<'_>, leftovers: &[Leftover]) {
    let held: Vec<_> = leftovers
        .iter()
        .filter(|leftover| leftover.fate != Fate::Done)
        .collect();
    let mut known = session.known.lock();
    known.is_handing_over = !held.is_empty()
        && held
            .iter()
            .all(|leftover| matches!(leftover.fate, Fate::HandedOver(_)));
    known.leftover = held.iter().map(|leftover| leftover.entry.clone()).collect();
}

async fn look(session: &Session<'_>, entry: Entry) -> Result<Leftover, SyncError> {
    let found = match session.target.get(&entry.id).await {
        Err(error) if matches!(error.failure, common::kube::Failure::UnknownKind { .. }) => {
            // Its definition is gone, and all objects with it; unless the server answers so to everything.
            session.target.ping().await?;
            None
        }
        found => found?,
    };
    let fate = match found {
        None => Fate::Done,
        Some(live) => fate(session, &entry, &live).await?,
    };
    Ok(Leftover { entry, fate })
}

async fn fate(session: &Session<'_>, entry: &Entry, live: &Value) -> Result<Fate, SyncError> {
    if !is_ours(session, entry, live) || Policy::of(live).is_kept {
        return Ok(Fate::Done);
    }
    if live.pointer("/metadata/deletionTimestamp").is_some() {
        return Ok(Fate::Going(holders(live)));
    }
    if let Some(other) = session
        .claims
        .other(session.cluster, &session.unit.owner, &entry.id)
    {
        return Ok(Fate::HandedOver(format!("the unit {} takes it over", other.unit)));
    }
    if let Some(other) = session.claims.unclear(session.cluster, &session.unit.owner) {
        return Ok(Fate::Going(format!(
            "it is gone from Git, and the unit {} cannot be built, which may want it",
            other.unit
        )));
    }
    let others = if hangs_together(live) {
        session.others().await?
    } else {
        &[]
    };
    // What Git had last is what was applied last: the object carries its marks.
    Ok(match guard::removal(live, Some(live), others) {
        Removal::Free | Removal::Consented => Fate::Delete,
        Removal::Blocked { reasons } => Fate::Blocked(reasons.join("; ")),
    })
}

/// Objects on which others of a landscape may stand.
fn hangs_together(live: &Value) -> bool {
    let is_gardeners = ObjectId::of(live).is_ok_and(|id| id.group().ends_with("gardener.cloud"));
    let kind = live.get("kind").and_then(Value::as_str);
    is_gardeners || matches!(kind, Some("Secret" | "ConfigMap" | "Namespace"))
}

/// A label alone proves nothing: operators copy labels to what they make. Our apply has to be there too, and the
/// object must not be a wanted one under another name.
fn is_ours(session: &Session<'_>, entry: &Entry, live: &Value) -> bool {
    let uid = live.pointer("/metadata/uid").and_then(Value::as_str);
    let is_alias = {
        let known = session.known.lock();
        let mut wanted = known.wanted.iter().filter(|(id, _)| !is_same(id, &entry.id));
        wanted.any(|(_, object)| object.pointer("/metadata/uid").and_then(Value::as_str) == uid)
    };
    !is_alias
        && Owner::of(live).as_ref() == Some(&session.unit.owner)
        && is_applied_by(live, names::FIELD_MANAGER)
}

fn holders(live: &Value) -> String {
    let finalizers = live.pointer("/metadata/finalizers").and_then(Value::as_array);
    let names: Vec<_> = finalizers
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if names.is_empty() {
        "it is being deleted".to_owned()
    } else {
        format!("it is being deleted; {} has to let go of it", names.join(", "))
    }
}

/// Deletes one object, that very one.
pub(super) async fn delete(session: &Session<'_>, entry: &Entry) -> Result<Fate, SyncError> {
    let failed = |error: common::kube::Error| {
        if error.is_unreachable() {
            return SyncError::Cluster(error);
        }
        SyncError::Prune {
            id: Box::new(entry.id.clone()),
            what: words(&entry.id, None, &error.failure),
            class: error.class(),
        }
    };
    let live = session.target.get_metadata(&entry.id).await.map_err(failed)?;
    let Some(uid) = live.as_ref().and_then(|live| live.pointer("/metadata/uid")) else {
        return Ok(Fate::Done);
    };
    let deleted = session
        .target
        .delete(&entry.id, Propagation::Background, uid.as_str())
        .await
        .map_err(failed)?;
    let fate = match deleted {
        Deleted::Gone | Deleted::Absent => Fate::Done,
        Deleted::Going => {
            let live = session.target.get_metadata(&entry.id).await.map_err(failed)?;
            live.map_or(Fate::Done, |live| Fate::Going(holders(&live)))
        }
    };
    if fate == Fate::Done {
        session.known.lock().leftover.retain(|left| left != entry);
    }
    Ok(fate)
}
