//! First objects of the group `core`, roles above all, put straight into the store: either all or none.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use uuid::Uuid;

use super::object::{Change, NewObject, Outcome};
use super::refusal::Refusal;
use super::table::{KINDS, KindEntry};
use crate::api::{Scope, Timestamp};
use crate::store::{CommitError, Condition, Entry, Operation, Store, StoreError, Transaction};

/// The only group whose kinds can be bootstrapped, as in the original.
const GROUP: &str = "core";

/// What happens to objects that exist already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They are left alone.
    Keep,
    /// They are replaced.
    Replace,
}

/// What a successful run did, by reference (`Role 'x'`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bootstrapped {
    /// New objects.
    pub created: Vec<String>,
    /// Objects that existed.
    pub replaced: Vec<String>,
    /// Objects that existed and were left alone.
    pub kept: Vec<String>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// Documents that cannot be inserted, all of them.
    #[error("{} of the documents cannot be inserted, so none was", .0.len())]
    Documents(Vec<BootstrapProblem>),
    /// Somebody else wrote one of the objects at the same moment.
    #[error("'{0}' was written by somebody else at the same time; try again")]
    Contended(String),
    /// The store cannot do its work.
    #[error("the store cannot do its work")]
    Store(#[from] StoreError),
}

/// What is wrong with one document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("document {position} ({reference}): {message}")]
pub struct BootstrapProblem {
    /// Position among the documents, from 1.
    pub position: usize,
    /// Kind and name, as far as they can be read.
    pub reference: String,
    /// What is wrong.
    pub message: String,
}

struct Planned {
    position: usize,
    key: String,
    reference: String,
    object: NewObject,
    /// How it changes an object that exists.
    change: Change,
}

/// Inserts documents in one transaction. Running it again with [`Existing::Replace`] changes nothing more
/// than what differs.
pub async fn bootstrap(
    store: &dyn Store,
    documents: &[Value],
    existing: Existing,
    now: Timestamp,
) -> Result<Bootstrapped, BootstrapError> {
    let (planned, mut problems) = plan(documents, now);
    let mut done = Bootstrapped::default();
    let mut transaction = Transaction::default();
    for planned in planned {
        let key: Arc<str> = planned.key.as_str().into();
        let entry = store.get(&key).await?;
        transaction.conditions.push(match &entry {
            Some(entry) => Condition::Unchanged(key.clone(), entry.modified),
            None => Condition::Absent(key.clone()),
        });
        let (list, bytes) = match entry.as_ref().map(|entry| planned.meet(entry, existing, now)) {
            None => (&mut done.created, Some(planned.object.bytes)),
            Some(Ok(Some(bytes))) => (&mut done.replaced, Some(bytes)),
            Some(Ok(None)) => (&mut done.kept, None),
            Some(Err(refusal)) => {
                problems.push(BootstrapProblem {
                    position: planned.position,
                    reference: planned.reference,
                    message: refusal.to_string(),
                });
                continue;
            }
        };
        list.push(planned.reference);
        transaction
            .operations
            .extend(bytes.map(|bytes| Operation::Put(key, bytes)));
    }
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.position);
        return Err(BootstrapError::Documents(problems));
    }
    match store.commit(transaction).await {
        Ok(_) => Ok(done),
        Err(CommitError::Conflict(key)) => Err(BootstrapError::Contended(key.to_string())),
        Err(CommitError::Store(error)) => Err(error.into()),
    }
}

impl Planned {
    /// What becomes of an object that exists; nothing if it stays as it is.
    fn meet(&self, entry: &Entry, existing: Existing, now: Timestamp) -> Result<Option<Bytes>, Refusal> {
        match existing {
            Existing::Keep => Ok(None),
            Existing::Replace => match (self.change)(entry, now) {
                Ok(Outcome::Store(bytes)) => Ok(Some(bytes)),
                Ok(Outcome::Same | Outcome::Erase(_)) | Err(Refusal::NoUpdate) => Ok(None),
                Err(refusal) => Err(refusal),
            },
        }
    }
}

fn plan(documents: &[Value], now: Timestamp) -> (Vec<Planned>, Vec<BootstrapProblem>) {
    let mut planned: Vec<Planned> = Vec::new();
    let mut problems = Vec::new();
    for (position, document) in (1..).zip(documents) {
        let twice = |one: &Planned| planned.iter().any(|other| other.key == one.key);
        let result = check(position, document, now).and_then(|one| {
            if twice(&one) {
                Err("it stands here twice".to_owned())
            } else {
                Ok(one)
            }
        });
        match result {
            Ok(one) => planned.push(one),
            Err(message) => problems.push(BootstrapProblem {
                position,
                reference: reference(document),
                message,
            }),
        }
    }
    (planned, problems)
}

fn check(position: usize, document: &Value, now: Timestamp) -> Result<Planned, String> {
    let kind = kind_of(document)?;
    let namespace = document.pointer("/metadata/namespace").and_then(Value::as_str);
    if kind.scope == Scope::Namespaced && namespace.is_none() {
        return Err("metadata.namespace is missing".to_owned());
    }
    let namespace = namespace.filter(|_| kind.scope == Scope::Namespaced);
    let body = Bytes::from(document.to_string());
    let told = |refusal: Refusal| refusal.to_string();
    let object = (kind.create)(&body, namespace, Uuid::new_v4().to_string(), now).map_err(told)?;
    Ok(Planned {
        position,
        change: (kind.update)(&body).map_err(told)?,
        key: kind.key(namespace, &object.name),
        reference: reference(document),
        object,
    })
}

fn kind_of(document: &Value) -> Result<&'static KindEntry, String> {
    let text = |member| document.get(member).and_then(Value::as_str).unwrap_or_default();
    let (api, kind) = (text("api"), text("kind"));
    KINDS
        .iter()
        .find(|entry| entry.api == GROUP && entry.api == api && entry.kind == kind)
        .ok_or_else(|| {
            format!("api '{api}' and kind '{kind}' are not supported; only kinds of '{GROUP}' are")
        })
}

fn reference(document: &Value) -> String {
    let text = |pointer| document.pointer(pointer).and_then(Value::as_str);
    let kind = text("/kind").unwrap_or("unknown kind");
    let name = text("/metadata/name").unwrap_or("?");
    match text("/metadata/namespace") {
        Some(namespace) => format!("{kind} '{name}' in namespace '{namespace}'"),
        None => format!("{kind} '{name}'"),
    }
}
