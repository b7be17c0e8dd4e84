//! What has to be done about one object of a stage, decided from what is there.

use common::kube::{Class, Conflicts, Predecessors, has_predecessors, is_applied_by, stands};
use serde_json::Value;

use super::super::error::SyncError;
use super::super::manifest::Manifest;
use super::super::policy::ApplyPolicy;
use super::super::session::Session;
use super::super::unit::Owner;
use super::wanted::Wanted;
use crate::api::names;
use crate::landscape::guard;

/// Tools whose members of an object are taken over when it is applied for the first time.
pub(super) const PREDECESSORS: Predecessors<'static> = Predecessors {
    managers: &[
        "kubectl",
        "kubectl-client-side-apply",
        "kubectl-create",
        "before-first-apply",
        names::FLUX_FIELD_MANAGER,
    ],
};

/// How conflicting members of others are dealt with: what Git names is Git's.
pub(super) const CONFLICTS: Conflicts = Conflicts::Take;

/// What has to be done.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sync) enum Verdict {
    /// Nothing: it stands as it shall.
    Stands,
    /// Nothing: it is left alone, by its own mark.
    LeftAlone,
    /// It does not exist yet.
    Create,
    /// It differs; this is what it would become.
    Change(Box<Value>),
    /// A member that cannot change has to: it is deleted and made anew.
    Recreate,
    /// It cannot be said yet, for something that comes before it is missing.
    Pending(String),
}

/// What can be said of an object without asking the server.
pub(super) fn at_sight(manifest: &Manifest, wanted: &Wanted, live: Option<&Value>) -> Option<Verdict> {
    let policy = manifest.policy;
    // Marks of an object that is to go are applied before it goes: Gardener reads them off the object.
    let is_gone =
        policy.is_to_be_removed && !live.is_some_and(|live| is_applied_by(live, names::FIELD_MANAGER));
    if is_gone || policy.apply == ApplyPolicy::Ignore {
        return Some(Verdict::LeftAlone);
    }
    let live = live?;
    if live.pointer("/metadata/deletionTimestamp").is_some() {
        return Some(if policy.is_to_be_removed {
            Verdict::LeftAlone
        } else {
            Verdict::Pending(format!("{} is still being deleted", manifest.id))
        });
    }
    if policy.apply == ApplyPolicy::IfNotPresent {
        return Some(Verdict::LeftAlone);
    }
    stands(live, &wanted.value, names::FIELD_MANAGER).then_some(Verdict::Stands)
}

/// Whether what tools applied before is to be taken over first.
pub(super) fn is_to_be_adopted(manifest: &Manifest, live: &Value) -> bool {
    manifest.policy.apply == ApplyPolicy::Override
        && !is_applied_by(live, names::FIELD_MANAGER)
        && has_predecessors(live, PREDECESSORS)
}

/// Whether a dry run leaves the object as it is, owners of members included.
pub(super) fn is_unchanged(live: &Value, dry: &Value) -> bool {
    content(live) == content(dry) && owned(live) == owned(dry)
}

/// An object without what every write changes.
pub(in crate::sync) fn content(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for name in [
            "managedFields",
            "resourceVersion",
            "generation",
            "uid",
            "creationTimestamp",
        ] {
            metadata.remove(name);
        }
    }
    if let Some(members) = object.as_object_mut() {
        members.remove("status");
    }
    object
}

fn owned(object: &Value) -> Option<&Value> {
    let entries = object.pointer("/metadata/managedFields")?.as_array()?;
    let text = |entry: &Value, member: &str| entry.get(member).and_then(Value::as_str).map(str::to_owned);
    let ours = entries.iter().find(|entry| {
        text(entry, "manager").as_deref() == Some(names::FIELD_MANAGER)
            && text(entry, "operation").as_deref() == Some("Apply")
    })?;
    ours.get("fieldsV1")
}

/// Somebody else who keeps the object.
pub(super) fn claimed(session: &Session<'_>, manifest: &Manifest, live: Option<&Value>) -> Option<SyncError> {
    let owner = &session.unit.owner;
    let other = session
        .claims
        .other(session.cluster, owner, &manifest.id)
        .cloned()
        .or_else(|| live.and_then(Owner::of).filter(|other| is_foreign(other, owner)))?;
    Some(SyncError::Claimed {
        id: Box::new(manifest.id.clone()),
        origin: manifest.origin.clone(),
        other,
    })
}

/// Units of one landscape hand objects over to each other; those of two do not.
fn is_foreign(other: &Owner, owner: &Owner) -> bool {
    (&other.namespace, &other.landscape) != (&owner.namespace, &owner.landscape)
}

/// The Kustomization of Flux that an object says it belongs to.
pub(super) fn flux_owner(live: &Value) -> Option<(String, String)> {
    let labels = live.pointer("/metadata/labels")?;
    let text = |name: &str| {
        let name = format!("{}{name}", names::FLUX_PREFIX);
        Some(labels.get(name)?.as_str()?.to_owned())
    };
    Some((text("namespace")?, text("name")?))
}

/// Whether an object may be made anew because of this refusal.
pub(super) fn may_be_recreated(
    session: &Session<'_>,
    manifest: &Manifest,
    error: &common::kube::Error,
) -> bool {
    let is_immutable = match &error.failure {
        common::kube::Failure::Refused { message, causes, .. } => {
            causes.iter().any(|cause| cause.message.contains("immutable")) || message.contains("immutable")
        }
        _ => false,
    };
    is_immutable
        && guard::may_be_made_anew(&manifest.value)
        && error.class() == Class::Permanent
        && (session.unit.is_forced || manifest.policy.is_forced)
}
