//! Group commit: all transactions that wait are decided in order against memory, written to disk in one
//! durable transaction, and only then shown to readers and acknowledged.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use bytes::Bytes;
use parking_lot::RwLock;
use redb::{Database, Durability};
use tokio::sync::oneshot;

use super::embedded::{META, OBJECTS, REVISION, encode};
use super::index::{Index, Stored};
use super::{Change, ChangeKind, CommitError, Condition, Operation, Revision, StoreError, Transaction};

/// How many transactions are written together at most.
const GROUP: usize = 512;

/// A transaction that waits for its turn.
pub(super) struct Waiting {
    pub(super) transaction: Transaction,
    pub(super) answer: oneshot::Sender<Result<Revision, CommitError>>,
}

/// Runs until all senders are gone.
pub(super) fn run(database: &Database, index: &RwLock<Index>, queue: &Receiver<Waiting>) {
    while let Ok(first) = queue.recv() {
        let group: Vec<Waiting> = std::iter::once(first)
            .chain(queue.try_iter().take(GROUP - 1))
            .collect();
        commit_group(database, index, group);
    }
}

fn commit_group(database: &Database, index: &RwLock<Index>, group: Vec<Waiting>) {
    let (plan, decided) = {
        let index = index.read();
        let mut plan = Plan::new(&index);
        let decided: Vec<_> = group
            .into_iter()
            .map(|waiting| (waiting.answer, plan.decide(waiting.transaction)))
            .collect();
        (plan.finish(), decided)
    };
    let written = if plan.changes.is_empty() {
        Ok(())
    } else {
        write(database, &plan)
    };
    if written.is_ok() {
        index.write().apply(plan.changes, plan.revision);
    }
    for (answer, result) in decided {
        let result = match &written {
            Ok(()) => result,
            Err(error) => Err(error.clone().into()),
        };
        // Whoever asked may have gone away meanwhile; the transaction happened all the same.
        let _ = answer.send(result);
    }
}

/// What a group of transactions comes to.
struct Plan<'a> {
    index: &'a Index,
    /// Keys that the group touched so far: their state after it.
    pending: HashMap<Arc<str>, Option<Stored>>,
    changes: Vec<Change>,
    revision: Revision,
}

struct Planned {
    changes: Vec<Change>,
    /// State of each touched key after the group.
    records: Vec<(Arc<str>, Option<Stored>)>,
    revision: Revision,
}

impl<'a> Plan<'a> {
    fn new(index: &'a Index) -> Self {
        Self {
            index,
            pending: HashMap::new(),
            changes: Vec::new(),
            revision: index.revision(),
        }
    }

    fn finish(self) -> Planned {
        Planned {
            changes: self.changes,
            records: self.pending.into_iter().collect(),
            revision: self.revision,
        }
    }

    fn current(&self, key: &str) -> Option<&Stored> {
        match self.pending.get(key) {
            Some(state) => state.as_ref(),
            None => self.index.stored(key),
        }
    }

    fn decide(&mut self, transaction: Transaction) -> Result<Revision, CommitError> {
        for condition in &transaction.conditions {
            let (key, holds) = match condition {
                Condition::Absent(key) => (key, self.current(key).is_none()),
                Condition::Present(key) => (key, self.current(key).is_some()),
                Condition::Unchanged(key, revision) => (
                    key,
                    self.current(key)
                        .is_some_and(|stored| stored.modified == *revision),
                ),
            };
            if !holds {
                return Err(CommitError::Conflict(key.clone()));
            }
        }
        let revision = self.revision + 1;
        let before = self.changes.len();
        for operation in transaction.operations {
            match operation {
                Operation::Put(key, value) => self.put(key, value, revision),
                Operation::Delete(key) => self.delete(key, revision),
            }
        }
        if self.changes.len() > before {
            self.revision = revision;
        }
        Ok(self.revision)
    }

    fn put(&mut self, key: Arc<str>, value: Bytes, revision: Revision) {
        let before = self.current(&key).cloned();
        let stored = Stored {
            value: value.clone(),
            created: before.as_ref().map_or(revision, |before| before.created),
            modified: revision,
        };
        self.pending.insert(key.clone(), Some(stored));
        self.changes.push(Change {
            key,
            value,
            kind: if before.is_some() {
                ChangeKind::Modified
            } else {
                ChangeKind::Created
            },
            previous: before.map(|before| before.value),
            revision,
        });
    }

    fn delete(&mut self, key: Arc<str>, revision: Revision) {
        let Some(before) = self.current(&key).cloned() else {
            return;
        };
        self.pending.insert(key.clone(), None);
        self.changes.push(Change {
            key,
            value: before.value.clone(),
            previous: Some(before.value),
            kind: ChangeKind::Deleted,
            revision,
        });
    }
}

fn write(database: &Database, plan: &Planned) -> Result<(), StoreError> {
    try_write(database, plan).map_err(|error| {
        tracing::error!(error = %error, "store write failed");
        StoreError::Write(Arc::new(error))
    })
}

fn try_write(database: &Database, plan: &Planned) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    {
        let mut objects = transaction.open_table(OBJECTS)?;
        for (key, state) in &plan.records {
            match state {
                Some(stored) => {
                    objects.insert(&**key, encode(stored).as_slice())?;
                }
                None => {
                    objects.remove(&**key)?;
                }
            }
        }
        transaction.open_table(META)?.insert(REVISION, plan.revision)?;
    }
    transaction.commit()?;
    Ok(())
}
