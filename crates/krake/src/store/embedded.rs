//! The embedded store: one file (redb), everything in memory for reading, one thread that writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use futures::FutureExt;
use futures::future::BoxFuture;
use parking_lot::{Mutex, RwLock};
use tokio::sync::oneshot;

use super::file::{File, OpenError};
use super::history::History;
use super::index::Index;
use super::writer::{Trouble, Waiting, Writer};
use super::{
    Changes, CommitError, Entry, Listing, Revision, Store, StoreError, Transaction, WatchError, watch,
};

/// How to open an embedded store.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// The database file; created with access for its owner only when it does not exist.
    pub path: PathBuf,
    /// Lower bound of the first revision of this run: microseconds since the epoch, so that revisions never
    /// run backwards, not even when a backup is put in the place of the file.
    pub not_before: Revision,
    /// How many changes are remembered for watches that resume.
    pub history_changes: usize,
    /// How many bytes of changes are remembered.
    pub history_bytes: usize,
}

impl EmbeddedOptions {
    /// Defaults for a file.
    pub fn new(path: impl Into<PathBuf>, not_before: Revision) -> Self {
        Self {
            path: path.into(),
            not_before,
            history_changes: 50_000,
            history_bytes: 24 << 20,
        }
    }
}

/// A store in one file. Dropping it waits for the last transactions and closes the file.
pub struct EmbeddedStore {
    index: Arc<RwLock<Index>>,
    trouble: Trouble,
    queue: Mutex<Option<Sender<Waiting>>>,
    writer: Option<JoinHandle<()>>,
}

impl EmbeddedStore {
    /// Opens or creates the file, reads everything into memory and starts the writer.
    pub fn open(options: &EmbeddedOptions) -> Result<Self, OpenError> {
        let (file, loaded) = File::open(&options.path)?;
        let revision = options.not_before.max(loaded.revision + 1);
        let history = History::new(revision, options.history_changes, options.history_bytes);
        let index = Arc::new(RwLock::new(Index::new(loaded.entries, revision, history)));
        let trouble = Trouble::default();
        let (sender, receiver) = mpsc::channel();
        let writer = Writer::new(file, loaded.revision, index.clone(), trouble.clone());
        let writer = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(&receiver))
            .map_err(|source| OpenError::Io {
                path: options.path.clone(),
                source,
            })?;
        Ok(Self {
            index,
            trouble,
            queue: Mutex::new(Some(sender)),
            writer: Some(writer),
        })
    }

    /// How many watches are open.
    pub fn watches(&self) -> usize {
        self.index.read().watches()
    }

    /// Whether the last write succeeded. After one that did not, the store tries by itself, once a second,
    /// whether it can write again.
    pub fn check(&self) -> Result<(), StoreError> {
        match self.trouble.lock().clone() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.queue.lock().take();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Store for EmbeddedStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>, StoreError>> {
        async move { Ok(self.index.read().get(key)) }.boxed()
    }

    fn list<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: Option<usize>,
    ) -> BoxFuture<'a, Result<Listing, StoreError>> {
        async move { Ok(self.index.read().list(prefix, after, limit)) }.boxed()
    }

    fn commit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Revision, CommitError>> {
        async move {
            let (answer, answered) = oneshot::channel();
            let waiting = Waiting { transaction, answer };
            let is_queued = self
                .queue
                .lock()
                .as_ref()
                .is_some_and(|queue| queue.send(waiting).is_ok());
            if !is_queued {
                return Err(StoreError::Closed.into());
            }
            answered
                .await
                .unwrap_or(Err(CommitError::Store(StoreError::Closed)))
        }
        .boxed()
    }

    fn watch(&self, prefix: &str, from: Option<Revision>) -> Result<Changes, WatchError> {
        watch::open(&self.index, prefix, from)
    }

    fn compact(&self, revision: Revision) {
        self.index.write().compact(revision);
    }

    fn revision(&self) -> Revision {
        self.index.read().revision()
    }
}
