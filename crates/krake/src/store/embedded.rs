//! The embedded store: one file (redb), everything in memory for reading, one thread that writes.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use parking_lot::{Mutex, RwLock};
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition, TableError};
use tokio::sync::oneshot;

use super::history::History;
use super::index::{Index, Stored};
use super::writer::{self, Waiting};
use super::{
    Changes, CommitError, Entry, Listing, Revision, Store, StoreError, Transaction, WatchError, watch,
};

pub(super) const OBJECTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("objects");
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
pub(super) const REVISION: &str = "revision";
const FORMAT: &str = "format";
/// Layout of keys and values; grows when an older program could not read what a newer one wrote.
const CURRENT_FORMAT: u64 = 1;
/// The file is read once at start and written afterwards: redb's own cache needs to hold little.
const CACHE_BYTES: usize = 8 << 20;

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

/// A database file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("'{path}' is in use by another process; stop that one or choose another --data-dir", path = .path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// It is no database, or damaged.
    #[error("'{path}' is not a usable database; restore a backup or move the file away to start empty", path = .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer version wrote it.
    #[error("'{path}' has format {found}, this version reads up to {CURRENT_FORMAT}; use a newer version", path = .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// The operating system refuses.
    #[error("'{path}' cannot be opened", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A store in one file. Dropping it waits for the last transactions and closes the file.
pub struct EmbeddedStore {
    index: Arc<RwLock<Index>>,
    queue: Mutex<Option<Sender<Waiting>>>,
    writer: Option<JoinHandle<()>>,
}

impl EmbeddedStore {
    /// Opens or creates the file, reads everything into memory and starts the writer.
    pub fn open(options: &EmbeddedOptions) -> Result<Self, OpenError> {
        let path = options.path.as_path();
        let io_error = |source| OpenError::Io {
            path: path.to_owned(),
            source,
        };
        create_private(path).map_err(io_error)?;
        // redb may panic on a file that something else wrote into; that is the file's fault, not a defect.
        let (database, loaded) = catch_unwind(AssertUnwindSafe(|| load(path))).unwrap_or_else(|_| {
            Err(OpenError::Corrupt {
                path: path.to_owned(),
                source: "the file is damaged".into(),
            })
        })?;
        let revision = options.not_before.max(loaded.revision + 1);
        let history = History::new(revision, options.history_changes, options.history_bytes);
        let index = Arc::new(RwLock::new(Index::new(loaded.entries, revision, history)));
        let (sender, receiver) = mpsc::channel();
        let writer = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn({
                let index = index.clone();
                move || writer::run(&database, &index, &receiver)
            })
            .map_err(io_error)?;
        Ok(Self {
            index,
            queue: Mutex::new(Some(sender)),
            writer: Some(writer),
        })
    }

    /// How many watches are open.
    pub fn watches(&self) -> usize {
        self.index.read().watches()
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

/// The file holds kubeconfigs and tokens: nobody but its owner may read it.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

struct Loaded {
    entries: BTreeMap<Arc<str>, Stored>,
    revision: Revision,
}

fn load(path: &Path) -> Result<(Database, Loaded), OpenError> {
    let corrupt = |source: redb::Error| OpenError::Corrupt {
        path: path.to_owned(),
        source: source.into(),
    };
    let database = Database::builder()
        .set_cache_size(CACHE_BYTES)
        .create(path)
        .map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => OpenError::Locked {
                path: path.to_owned(),
            },
            DatabaseError::Storage(redb::StorageError::Io(source))
                if source.kind() != io::ErrorKind::InvalidData =>
            {
                OpenError::Io {
                    path: path.to_owned(),
                    source,
                }
            }
            error => corrupt(error.into()),
        })?;
    let found = read_format(&database).map_err(corrupt)?;
    if found > CURRENT_FORMAT {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found,
        });
    }
    let loaded = read_all(&database).map_err(corrupt)?;
    Ok((database, loaded))
}

/// Reads the format; a new file gets the current one.
fn read_format(database: &Database) -> Result<u64, redb::Error> {
    match database.begin_read()?.open_table(META) {
        Ok(meta) => Ok(meta.get(FORMAT)?.map_or(CURRENT_FORMAT, |format| format.value())),
        Err(TableError::TableDoesNotExist(_)) => {
            let transaction = database.begin_write()?;
            transaction.open_table(META)?.insert(FORMAT, CURRENT_FORMAT)?;
            transaction.open_table(OBJECTS)?;
            transaction.commit()?;
            Ok(CURRENT_FORMAT)
        }
        Err(error) => Err(error.into()),
    }
}

fn read_all(database: &Database) -> Result<Loaded, redb::Error> {
    let transaction = database.begin_read()?;
    let revision = transaction
        .open_table(META)?
        .get(REVISION)?
        .map_or(0, |revision| revision.value());
    let mut entries = BTreeMap::new();
    for record in transaction.open_table(OBJECTS)?.iter()? {
        let (key, value) = record?;
        let stored = decode(value.value())
            .ok_or_else(|| redb::Error::Corrupted(format!("the value of '{}' is too short", key.value())))?;
        entries.insert(Arc::from(key.value()), stored);
    }
    Ok(Loaded { entries, revision })
}

/// Record on disk: both revisions, little-endian, then the value.
pub(super) fn encode(stored: &Stored) -> Vec<u8> {
    let mut record = Vec::with_capacity(16 + stored.value.len());
    record.extend_from_slice(&stored.created.to_le_bytes());
    record.extend_from_slice(&stored.modified.to_le_bytes());
    record.extend_from_slice(&stored.value);
    record
}

fn decode(record: &[u8]) -> Option<Stored> {
    let (created, rest) = record.split_first_chunk::<8>()?;
    let (modified, value) = rest.split_first_chunk::<8>()?;
    Some(Stored {
        value: Bytes::copy_from_slice(value),
        created: u64::from_le_bytes(*created),
        modified: u64::from_le_bytes(*modified),
    })
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
