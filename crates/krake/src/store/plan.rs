//! What a group of transactions comes to: decided in order against memory. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use super::index::{Index, Stored};
use super::{Change, ChangeKind, CommitError, Condition, Operation, Revision, Transaction};

/// A group in the making.
pub(super) struct Plan<'a> {
    index: &'a Index,
    /// Keys that the group touched so far: their state after it.
    pending: HashMap<Arc<str>, Option<Stored>>,
    changes: Vec<Change>,
    revision: Revision,
}

/// A group, ready to be written.
pub(super) struct Planned {
    /// In order.
    pub(super) changes: Vec<Change>,
    /// State of each touched key after the group.
    pub(super) records: Vec<(Arc<str>, Option<Stored>)>,
    /// Of the last change.
    pub(super) revision: Revision,
}

impl<'a> Plan<'a> {
    pub(super) fn new(index: &'a Index) -> Self {
        Self {
            index,
            pending: HashMap::new(),
            changes: Vec::new(),
            revision: index.revision(),
        }
    }

    pub(super) fn finish(self) -> Planned {
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

    /// Adds a transaction, if its conditions hold after those before it.
    pub(super) fn decide(&mut self, transaction: Transaction) -> Result<Revision, CommitError> {
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
