//! The database file: held by this process alone, read once, written in durable transactions.
//!
//! redb refuses all work through a handle that once failed to write. The file therefore can be closed and
//! opened anew, and then says which transaction is the last one on disk.

use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::backends::InMemoryBackend;
use redb::{Database, DatabaseError, StorageBackend};

use super::Revision;
use super::index::Stored;
use super::records::{self, CURRENT_FORMAT, Loaded};

/// The file is read once at start and written afterwards: redb's own cache needs to hold little.
const CACHE_BYTES: usize = 8 << 20;

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

/// Why a transaction may or may not be on disk.
pub(super) type WriteError = Arc<dyn std::error::Error + Send + Sync>;

/// A database file, open unless it was closed after a failure.
pub(super) struct File {
    path: PathBuf,
    database: Option<Database>,
}

impl File {
    /// Opens or creates the file and reads everything.
    pub(super) fn open(path: &Path) -> Result<(Self, Loaded), OpenError> {
        create_private(path).map_err(io_error(path))?;
        let (database, loaded) = unless_it_panics(path, || {
            let database = connect(path)?;
            check_every_page(path)?;
            let loaded = records::read_all(&database).map_err(corrupt(path))?;
            Ok((database, loaded))
        })?;
        let file = Self {
            path: path.to_owned(),
            database: Some(database),
        };
        Ok((file, loaded))
    }

    /// Opens the file again and returns the revision of the last transaction on disk.
    pub(super) fn reopen(&mut self) -> Result<Revision, WriteError> {
        // The old handle holds the lock.
        self.database = None;
        let path = self.path.as_path();
        let (database, revision) = unless_it_panics(path, || {
            // What is gone must not come back empty.
            std::fs::metadata(path).map_err(io_error(path))?;
            let database = connect(path)?;
            let revision = records::prove_writable(&database).map_err(corrupt(path))?;
            Ok((database, revision))
        })
        .map_err(|error| -> WriteError { Arc::new(error) })?;
        self.database = Some(database);
        Ok(revision)
    }

    /// Writes the states of keys in one durable transaction. After an error the file has to be opened again.
    pub(super) fn write(
        &self,
        states: &[(Arc<str>, Option<Stored>)],
        revision: Revision,
    ) -> Result<(), WriteError> {
        let Some(database) = &self.database else {
            return Err(Arc::new(io::Error::from(io::ErrorKind::NotConnected)));
        };
        // A writer that is gone would be worse than a transaction that failed.
        match catch_unwind(AssertUnwindSafe(|| records::write(database, states, revision))) {
            Ok(written) => written.map_err(|error| -> WriteError { Arc::new(error) }),
            Err(_) => Err(Arc::new(io::Error::other("the database library panicked"))),
        }
    }
}

/// redb may panic on a file that something else wrote into; that is the file's fault, not a defect.
fn unless_it_panics<T>(path: &Path, open: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|_| {
        Err(OpenError::Corrupt {
            path: path.to_owned(),
            source: "the file is damaged".into(),
        })
    })
}

fn corrupt(path: &Path) -> impl Fn(redb::Error) -> OpenError {
    |source| OpenError::Corrupt {
        path: path.to_owned(),
        source: source.into(),
    }
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> OpenError {
    |source| OpenError::Io {
        path: path.to_owned(),
        source,
    }
}

fn connect(path: &Path) -> Result<Database, OpenError> {
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
                io_error(path)(source)
            }
            error => corrupt(path)(error.into()),
        })?;
    match records::read_format(&database).map_err(corrupt(path))? {
        found if found > CURRENT_FORMAT => Err(OpenError::Newer {
            path: path.to_owned(),
            found,
        }),
        _ => Ok(database),
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

/// Compares every page with its checksum: reading alone would take a flipped bit in a value for the value.
/// In a copy, because redb goes back to an older state where it finds damage, and writes that down.
fn check_every_page(path: &Path) -> Result<(), OpenError> {
    let copy = copy_of(path).map_err(io_error(path))?;
    let is_sound = Database::builder()
        .create_with_backend(copy)
        .and_then(|mut database| database.check_integrity());
    match is_sound {
        Ok(true) => Ok(()),
        Ok(false) => Err(corrupt(path)(redb::Error::Corrupted(
            "a checksum is wrong".to_owned(),
        ))),
        Err(error) => Err(corrupt(path)(error.into())),
    }
}

fn copy_of(path: &Path) -> io::Result<InMemoryBackend> {
    let mut file = std::fs::File::open(path)?;
    let copy = InMemoryBackend::new();
    copy.set_len(file.metadata()?.len())?;
    let (mut chunk, mut position) = (vec![0; 1 << 20], 0);
    loop {
        let length = file.read(&mut chunk)?;
        let Some(read) = chunk.get(..length).filter(|read| !read.is_empty()) else {
            return Ok(copy);
        };
        copy.write(position, read)?;
        position += length as u64;
    }
}
