//! What creating, updating and deleting mean for an object: pure functions from bodies and stored bytes to
//! what shall be stored, generic over kinds.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::precondition::Precondition;
use super::refusal::Refusal;
use super::secret::{self, decode_uncovered};
use crate::api::decode::Purpose;
use crate::api::{Application, ApplicationState, CASCADE_DELETION, Kind, Metadata, Timestamp};
use crate::store::Entry;

/// A new object, ready to be stored.
pub(super) struct NewObject {
    pub(super) name: String,
    pub(super) bytes: Bytes,
}

/// What a change makes of a stored object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Another document.
    Store(Bytes),
    /// Its end; the document is its last state.
    Erase(Bytes),
    /// Nothing.
    Same,
}

/// A change whose input was checked already; applied to whatever is stored, possibly several times.
pub(super) type Change = Box<dyn Fn(&Entry, Timestamp) -> Result<Outcome, Refusal> + Send + Sync>;

/// Checks a body for a new object and fills in what the server sets.
pub(super) fn create<K: Kind>(
    body: &[u8],
    namespace: Option<&str>,
    uid: String,
    now: Timestamp,
) -> Result<NewObject, Refusal> {
    let object: K = decode_uncovered(body, Purpose::Write, |object: &mut K| {
        let metadata = object.metadata_mut();
        metadata.namespace = namespace.map(str::to_owned);
        metadata.uid = uid;
        metadata.created = now;
        metadata.modified = now;
        metadata.deleted = None;
        metadata.resource_version = None;
        *object.status_mut() = K::Status::default();
    })?;
    Ok(NewObject {
        name: object.metadata().name.clone(),
        bytes: encode(&object),
    })
}

/// Prepares an update of metadata and spec from a body.
pub(super) fn update<K: Kind>(body: &Bytes) -> Result<Change, Refusal> {
    if secret::is_redacted::<K>(body) {
        let body = body.clone();
        // What was covered is known only once the stored object is at hand.
        return Ok(Box::new(move |entry, now| {
            let body = secret::uncover::<K>(&body, &entry.value);
            merge_update(&decode_update::<K>(&body)?, entry, now)
        }));
    }
    let object = decode_update::<K>(body)?;
    Ok(Box::new(move |entry, now| merge_update(&object, entry, now)))
}

fn decode_update<K: Kind>(body: &[u8]) -> Result<K, Refusal> {
    decode_uncovered(body, Purpose::Write, |_: &mut K| {})
}

fn merge_update<K: Kind>(body: &K, entry: &Entry, now: Timestamp) -> Result<Outcome, Refusal> {
    let stored: K = read_stored(entry)?;
    let (sent, kept) = (body.metadata(), stored.metadata());
    Precondition::of(sent).check(kept, entry)?;
    let adds_finalizer = sent
        .finalizers
        .iter()
        .any(|finalizer| !kept.finalizers.contains(finalizer));
    if kept.is_deleted() && adds_finalizer {
        return Err(Refusal::AddedFinalizer);
    }
    let mut merged = body.clone();
    *merged.status_mut() = stored.status().clone();
    check_immutable(&merged, &stored)?;
    keep_server_metadata(merged.metadata_mut(), kept);
    if kept.is_deleted() && sent.finalizers.is_empty() {
        return Ok(Outcome::Erase(encode(&merged)));
    }
    let before = encode(&stored);
    if encode(&merged) == before {
        // The original says no to an update without change, except here.
        return if K::KIND == "GlobalMetricsProvider" {
            Ok(Outcome::Same)
        } else {
            Err(Refusal::NoUpdate)
        };
    }
    if wants_something_else(&merged, &stored, &before) {
        merged.metadata_mut().modified = now;
    }
    Ok(Outcome::Store(encode(&merged)))
}

/// `modified` tells when somebody last wanted something else, and controllers act upon it. Finalizers and
/// owners are their book-keeping: unlike in the original, writing them calls for no new decision. `merged` differs
/// from what was `before`; where its book-keeping does not, nothing has to be compared again.
fn wants_something_else<K: Kind>(merged: &K, stored: &K, before: &Bytes) -> bool {
    let (sent, kept) = (merged.metadata(), stored.metadata());
    if sent.finalizers == kept.finalizers && sent.owners == kept.owners {
        return true;
    }
    let mut comparable = merged.clone();
    let metadata = comparable.metadata_mut();
    metadata.finalizers.clone_from(&kept.finalizers);
    metadata.owners.clone_from(&kept.owners);
    encode(&comparable) != before
}

fn check_immutable<K: Kind>(body: &K, stored: &K) -> Result<(), Refusal> {
    let mut changed = body.immutable_changes(stored);
    let (sent, kept) = (body.metadata(), stored.metadata());
    if sent.namespace.is_some() && sent.namespace != kept.namespace {
        changed.insert(0, "namespace");
    }
    if sent.name != kept.name {
        changed.insert(0, "name");
    }
    if changed.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Immutable(changed.join(", ")))
    }
}

fn keep_server_metadata(metadata: &mut Metadata, stored: &Metadata) {
    metadata.namespace.clone_from(&stored.namespace);
    metadata.uid.clone_from(&stored.uid);
    metadata.created = stored.created;
    metadata.modified = stored.modified;
    metadata.deleted = stored.deleted;
    metadata.resource_version = None;
}

/// Prepares a change of the status from a body.
pub(super) fn update_status<K: Kind>(body: &Bytes) -> Result<Change, Refusal> {
    if secret::is_redacted::<K>(body) {
        let body = body.clone();
        return Ok(Box::new(move |entry, _| {
            let body = secret::uncover::<K>(&body, &entry.value);
            merge_status(&decode_status::<K>(&body)?, entry)
        }));
    }
    let object = decode_status::<K>(body)?;
    Ok(Box::new(move |entry, _| merge_status(&object, entry)))
}

fn decode_status<K: Kind>(body: &[u8]) -> Result<K, Refusal> {
    decode_uncovered(body, Purpose::Status, |_: &mut K| {})
}

/// Only the status is taken; metadata, and with it the mark of deletion, stays as stored.
fn merge_status<K: Kind>(body: &K, entry: &Entry) -> Result<Outcome, Refusal> {
    let stored: K = read_stored(entry)?;
    Precondition::of(body.metadata()).check(stored.metadata(), entry)?;
    if stored.status() == body.status() {
        return Ok(Outcome::Same);
    }
    let mut merged = stored.clone();
    *merged.status_mut() = body.status().clone();
    check_immutable(&merged, &stored)?;
    Ok(Outcome::Store(encode(&merged)))
}

/// Marks an object as deleted; the garbage collector and the controllers do the rest.
pub(super) fn mark_deleted<K: Kind>(entry: &Entry, now: Timestamp) -> Result<Outcome, Refusal> {
    edit::<K>(entry, |object| {
        let metadata = object.metadata_mut();
        if metadata.is_deleted() {
            return Ok(());
        }
        metadata.deleted = Some(now);
        if !metadata
            .finalizers
            .iter()
            .any(|finalizer| finalizer == CASCADE_DELETION)
        {
            metadata.finalizers.push(CASCADE_DELETION.to_owned());
        }
        Ok(())
    })
}

/// As [`mark_deleted`]; an application with a shutdown hook has to be asked first.
pub(super) fn mark_application_deleted(entry: &Entry, now: Timestamp) -> Result<Outcome, Refusal> {
    let Outcome::Store(bytes) = mark_deleted::<Application>(entry, now)? else {
        return Ok(Outcome::Same);
    };
    let marked = Entry {
        value: bytes.clone(),
        ..entry.clone()
    };
    let outcome = edit::<Application>(&marked, |application| {
        if application.spec.hooks.iter().any(|hook| hook == "shutdown") {
            application.status.state = ApplicationState::WaitingForCleaning;
        }
        Ok(())
    })?;
    Ok(if outcome == Outcome::Same {
        Outcome::Store(bytes)
    } else {
        outcome
    })
}

/// Applies an edit to the stored object.
pub(super) fn edit<K: Kind>(
    entry: &Entry,
    edit: impl FnOnce(&mut K) -> Result<(), Refusal>,
) -> Result<Outcome, Refusal> {
    let mut object: K = read_stored(entry)?;
    edit(&mut object)?;
    let document = encode(&object);
    Ok(if document == entry.value {
        Outcome::Same
    } else {
        Outcome::Store(document)
    })
}

/// Reads a stored object.
pub(super) fn read_stored<T: DeserializeOwned>(entry: &Entry) -> Result<T, Refusal> {
    serde_json::from_slice(&entry.value).map_err(|error| {
        tracing::error!(key = %entry.key, error = %error, "stored object cannot be read");
        Refusal::Unreadable(entry.key.to_string())
    })
}

/// Bytes without spare capacity, since they stay in memory. Our own types always serialise.
pub(super) fn encode<T: serde::Serialize>(object: &T) -> Bytes {
    serde_json::to_vec(object)
        .map(|bytes| Bytes::from(bytes.into_boxed_slice()))
        .unwrap_or_default()
}
