//! Where objects are kept: keys to bytes with the semantics of etcd, and the embedded implementation.
//!
//! Guarantees that every implementation gives:
//! - each transaction that changes something gets a revision of its own, greater than all before it, also
//!   over restarts and restored backups;
//! - a transaction is all or nothing, and what was acknowledged survives a crash at any instant;
//! - a watch delivers every change of its prefix after its start, in order and once, or ends and says why.
//!
//! The store knows nothing of kinds, JSON or HTTP.

mod embedded;
mod file;
mod history;
mod index;
mod plan;
mod records;
#[cfg(test)]
mod tests;
mod watch;
mod writer;

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

pub use embedded::{EmbeddedOptions, EmbeddedStore};
pub use file::OpenError;

/// Number of a transaction; grows with time.
pub type Revision = u64;

/// A stored value with its key and revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Key.
    pub key: Arc<str>,
    /// Value.
    pub value: Bytes,
    /// Revision at which the key came into being.
    pub created: Revision,
    /// Revision of the last change.
    pub modified: Revision,
}

/// What a list found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// In the order of their keys.
    pub entries: Vec<Entry>,
    /// A watch from here misses nothing that is not in the listing.
    pub revision: Revision,
    /// How many further entries the limit cut off.
    pub remaining: usize,
}

/// What must hold for a transaction to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The key does not exist.
    Absent(Arc<str>),
    /// The key exists.
    Present(Arc<str>),
    /// The key exists and its last change has this revision.
    Unchanged(Arc<str>, Revision),
}

/// What a transaction does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Sets a value.
    Put(Arc<str>, Bytes),
    /// Takes a key away; nothing happens when there is none.
    Delete(Arc<str>),
}

/// Operations that happen together if all conditions hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Checked first.
    pub conditions: Vec<Condition>,
    /// Applied in order.
    pub operations: Vec<Operation>,
}

/// What happened to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Key.
    pub key: Arc<str>,
    /// Value now; for a deletion, the last one.
    pub value: Bytes,
    /// Value before, if there was one.
    pub previous: Option<Bytes>,
    /// Whether the key is there now.
    pub kind: ChangeKind,
    /// Revision of this change, for a deletion that of the deletion.
    pub revision: Revision,
}

/// How a key changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It came into being.
    Created,
    /// It got another value.
    Modified,
    /// It went away.
    Deleted,
}

/// A store that cannot do its work. Transient where the cause is.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Writing failed. The transaction may turn out to have happened once writing works again.
    #[error("the store cannot write")]
    Write(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// The error with all its causes, for logs and for `/readyz`.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

/// A transaction that did not happen.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// A condition does not hold.
    #[error("a condition on '{0}' does not hold")]
    Conflict(Arc<str>),
    /// The store cannot do its work; whether the transaction happened is not known.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A watch that cannot start or go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// Changes after the asked revision are forgotten.
    #[error("revision {asked} is compacted; the oldest that can be resumed is {oldest}")]
    Compacted {
        /// Asked for.
        asked: Revision,
        /// Still there.
        oldest: Revision,
    },
    /// The asked revision does not exist yet: it comes from another store or from before a restore.
    #[error("revision {asked} is in the future; the current one is {current}")]
    Future {
        /// Asked for.
        asked: Revision,
        /// Now.
        current: Revision,
    },
    /// The reader was too slow: what it has not read yet is forgotten.
    #[error("the watch is too far behind")]
    Behind,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// Changes in order; after an error nothing follows.
pub type Changes = BoxStream<'static, Result<Arc<Change>, WatchError>>;

/// A store with the semantics of etcd. See the module for what every implementation guarantees.
pub trait Store: Send + Sync + 'static {
    /// The entry of a key.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>, StoreError>>;

    /// Entries whose keys start with `prefix` and are greater than `after`, at most `limit`.
    fn list<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: Option<usize>,
    ) -> BoxFuture<'a, Result<Listing, StoreError>>;

    /// Does all operations if all conditions hold. When it returns, the change is durable and every `get`,
    /// `list` and watch shows it. The revision is the current one when nothing changed.
    fn commit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Revision, CommitError>>;

    /// Changes of keys under `prefix` after revision `from`, or from now on.
    fn watch(&self, prefix: &str, from: Option<Revision>) -> Result<Changes, WatchError>;

    /// Forgets changes up to and including `revision`; watches from before it are refused.
    fn compact(&self, revision: Revision);

    /// The revision of the last transaction.
    fn revision(&self) -> Revision;
}
