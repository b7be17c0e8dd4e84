//! Writing: one compare-and-swap transaction per request, repeated when somebody else was faster.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use uuid::Uuid;

use super::blocking::Wait;
use super::call::{Call, Json};
use super::document::{self, Sight};
use super::object::Outcome;
use super::refusal::Refusal;
use super::table::{KindEntry, SubResource, Workload};
use crate::api::{Timestamp, Verb};
use crate::store::{CommitError, Condition, Entry, Operation, Revision, Transaction};

/// How often a change is tried when others write the same object at the same time.
const ATTEMPTS: usize = 10;

/// What was written.
pub(super) struct Written {
    pub(super) document: Bytes,
    pub(super) revision: Revision,
}

impl Written {
    fn answer(&self, kind: &KindEntry, sight: Sight) -> Json {
        Json(document::rendered(kind, &self.document, self.revision, sight))
    }
}

/// `POST` on a collection.
pub(super) async fn create(kind: &'static KindEntry, call: Call, body: Body) -> Response {
    call.answer(try_create(kind, &call, body).await)
}

async fn try_create(kind: &'static KindEntry, call: &Call, body: Body) -> Result<Json, Refusal> {
    call.authorize(kind, None, Verb::Create).await?;
    let wait = Wait::asked(kind, call)?;
    let body = call.read(body).await?;
    let uid = Uuid::new_v4().to_string();
    let new = (kind.create)(&body, call.namespace.as_deref(), uid, call.app.now())?;
    let key = kind.key(call.namespace.as_deref(), &new.name);
    let transaction = Transaction {
        conditions: vec![Condition::Absent(key.as_str().into())],
        operations: vec![Operation::Put(key.as_str().into(), new.bytes.clone())],
    };
    let revision = match call.app.store().commit(transaction).await {
        Ok(revision) => revision,
        Err(CommitError::Conflict(_)) => return Err(call.exists(kind, &new.name)),
        Err(error) => return Err(error.into()),
    };
    let written = Written {
        document: new.bytes,
        revision,
    };
    finish(kind, call, &key, wait, written).await
}

/// `PUT` on an object.
pub(super) async fn update(kind: &'static KindEntry, call: Call, body: Body) -> Response {
    call.answer(try_update(kind, &call, body).await)
}

async fn try_update(kind: &'static KindEntry, call: &Call, body: Body) -> Result<Json, Refusal> {
    call.authorize(kind, None, Verb::Update).await?;
    let wait = Wait::asked(kind, call)?;
    let change = (kind.update)(&call.read(body).await?)?;
    let written = modify(kind, call, &*change).await?;
    finish(kind, call, &call.key(kind), wait, written).await
}

/// `PUT` on a sub-resource.
pub(super) async fn update_part(
    kind: &'static KindEntry,
    part: &'static SubResource,
    call: Call,
    body: Body,
) -> Response {
    call.answer(try_update_part(kind, part, &call, body).await)
}

async fn try_update_part(
    kind: &'static KindEntry,
    part: &'static SubResource,
    call: &Call,
    body: Body,
) -> Result<Json, Refusal> {
    call.authorize(kind, Some(part.right), Verb::Update).await?;
    let change = (part.prepare)(&call.read(body).await?)?;
    let written = modify(kind, call, &*change).await?;
    Ok(written.answer(kind, call.sight(kind).await?))
}

/// `DELETE` on an object.
pub(super) async fn delete(kind: &'static KindEntry, call: Call) -> Response {
    call.answer(try_delete(kind, &call).await)
}

async fn try_delete(kind: &'static KindEntry, call: &Call) -> Result<Json, Refusal> {
    call.authorize(kind, None, Verb::Delete).await?;
    let wait = Wait::asked(kind, call)?;
    let is_forced = kind.workload == Workload::Yes && call.query.get("force") == Some("True");
    let mark = kind.delete;
    let change = move |entry: &Entry, now: Timestamp| {
        if is_forced {
            Ok(Outcome::Erase(entry.value.clone()))
        } else {
            mark(entry, now)
        }
    };
    let written = modify(kind, call, &change).await?;
    finish(kind, call, &call.key(kind), wait, written).await
}

async fn finish(
    kind: &'static KindEntry,
    call: &Call,
    key: &str,
    wait: Option<Wait>,
    written: Written,
) -> Result<Json, Refusal> {
    let sight = call.sight(kind).await?;
    match wait {
        Some(wait) => Ok(wait.until_reached(call, key, written).await?.answer(kind, sight)),
        None => Ok(written.answer(kind, sight)),
    }
}

/// Reads, changes and writes the object in the path until nobody interferes.
async fn modify(
    kind: &'static KindEntry,
    call: &Call,
    change: &(dyn Fn(&Entry, Timestamp) -> Result<Outcome, Refusal> + Send + Sync),
) -> Result<Written, Refusal> {
    let key = call.key(kind);
    let precondition = call.precondition();
    for _ in 0..ATTEMPTS {
        let entry = call
            .app
            .store()
            .get(&key)
            .await?
            .ok_or_else(|| call.not_found(kind))?;
        precondition.check_entry(&entry)?;
        let (document, operations) = match change(&entry, call.app.now())? {
            Outcome::Same => {
                return Ok(Written {
                    document: entry.value,
                    revision: entry.modified,
                });
            }
            Outcome::Store(document) => (
                document.clone(),
                vec![Operation::Put(entry.key.clone(), document)],
            ),
            Outcome::Erase(document) => (document, erase(&entry)),
        };
        let transaction = Transaction {
            conditions: vec![Condition::Unchanged(entry.key.clone(), entry.modified)],
            operations,
        };
        match call.app.store().commit(transaction).await {
            Ok(revision) => return Ok(Written { document, revision }),
            Err(CommitError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Refusal::Contended)
}

fn erase(entry: &Entry) -> Vec<Operation> {
    vec![
        Operation::Delete(entry.key.clone()),
        Operation::Delete(KindEntry::events_key(&entry.key).into()),
    ]
}
