//! First objects of the group `core`, roles above all, put straight into the store: either all or none.

use serde_json::Value;
use uuid::Uuid;

use super::object::NewObject;
use super::refusal::Refusal;
use super::table::{KINDS, KindEntry};
use crate::api::{Scope, Timestamp};
use crate::store::{CommitError, Condition, Operation, Store, StoreError, Transaction};

/// The only group whose kinds can be bootstrapped, as in the original.
const GROUP: &str = "core";

/// What happens to objects that exist already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They are an error.
    Refuse,
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
    /// Objects that existed just like this, and were left alone.
    pub unchanged: Vec<String>,
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
    key: String,
    reference: String,
    object: NewObject,
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
    for (position, planned) in planned {
        let key = planned.key.as_str();
        let entry = store.get(key).await?;
        transaction.conditions.push(match &entry {
            Some(entry) => Condition::Unchanged(key.into(), entry.modified),
            None => Condition::Absent(key.into()),
        });
        match entry {
            None => done.created.push(planned.reference),
            Some(entry) if is_same(&entry.value, &planned.object.bytes) => {
                done.unchanged.push(planned.reference);
                continue;
            }
            Some(_) if existing == Existing::Replace => done.replaced.push(planned.reference),
            Some(_) => problems.push(BootstrapProblem {
                position,
                message: format!("{} already exists", planned.reference),
                reference: planned.reference,
            }),
        }
        transaction
            .operations
            .push(Operation::Put(key.into(), planned.object.bytes));
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

fn plan(documents: &[Value], now: Timestamp) -> (Vec<(usize, Planned)>, Vec<BootstrapProblem>) {
    let mut planned: Vec<(usize, Planned)> = Vec::new();
    let mut problems = Vec::new();
    for (position, document) in (1..).zip(documents) {
        let twice = |one: &Planned| planned.iter().any(|(_, other)| other.key == one.key);
        let result = check(document, now).and_then(|one| {
            if twice(&one) {
                Err("it stands here twice".to_owned())
            } else {
                Ok(one)
            }
        });
        match result {
            Ok(one) => planned.push((position, one)),
            Err(message) => problems.push(BootstrapProblem {
                position,
                reference: reference(document),
                message,
            }),
        }
    }
    (planned, problems)
}

fn check(document: &Value, now: Timestamp) -> Result<Planned, String> {
    let kind = kind_of(document)?;
    let namespace = document.pointer("/metadata/namespace").and_then(Value::as_str);
    if kind.scope == Scope::Namespaced && namespace.is_none() {
        return Err("metadata.namespace is missing".to_owned());
    }
    let namespace = namespace.filter(|_| kind.scope == Scope::Namespaced);
    let body = document.to_string();
    let object = (kind.create)(body.as_bytes(), namespace, Uuid::new_v4().to_string(), now)
        .map_err(|refusal: Refusal| refusal.to_string())?;
    Ok(Planned {
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

/// Equal but for what the server sets.
fn is_same(stored: &[u8], new: &[u8]) -> bool {
    let comparable = |bytes: &[u8]| {
        let mut document: Value = serde_json::from_slice(bytes).ok()?;
        let metadata = document.get_mut("metadata")?.as_object_mut()?;
        for member in ["uid", "created", "modified"] {
            metadata.remove(member);
        }
        Some(document)
    };
    comparable(stored).is_some_and(|stored| Some(stored) == comparable(new))
}
