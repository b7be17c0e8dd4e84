//! A mirror: a bare repository in a folder of its own that holds what was fetched, with its history, and remembers
//! the last revision of each reference. A fetch that fails or is killed leaves it as it was.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use git2::{ErrorCode, Oid, Repository};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::address::Address;
use super::credentials::Credentials;
use super::error::Error;
use super::fetch::Fetch;
use super::memory;
use super::pack::FetchLimits;
use super::reference::{Commit, Reference, Revision};
use super::wire::WireError;

/// Commits that the server is told of, so that it need not send what leads to them.
const MOST_HAVES: usize = 256;
/// Where packs lie until they are complete.
const INCOMING: &str = "incoming";
/// Held by the process that has the mirror open.
const IN_USE: &str = "in-use";

/// A repository elsewhere, and how to get at it.
#[derive(Debug, Clone)]
pub struct Remote {
    /// Where it is.
    pub address: Address,
    /// What opens it.
    pub credentials: Credentials,
    /// Limit of one fetch.
    pub timeout: Duration,
    /// What one fetch takes at most.
    pub limits: FetchLimits,
}

impl Remote {
    /// A repository that needs no credentials, with the usual limits.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            credentials: Credentials::default(),
            timeout: Duration::from_mins(1),
            limits: FetchLimits::default(),
        }
    }

    /// What a conversation that failed means.
    pub(super) fn failed(&self, error: &WireError) -> Error {
        let address = self.address.to_string();
        let why = self.credentials.mask(&error.to_string());
        match error {
            WireError::Broken(_) | WireError::Ended | WireError::Unwanted => {
                Error::Unreachable { address, why }
            }
            WireError::Malformed(_) => Error::Protocol { address, why },
            WireError::Refused(_) => Error::NoRepository { address, why },
        }
    }
}

/// A bare repository of fetched commits. One process has it at a time; clones share it.
#[derive(Debug, Clone)]
pub struct Mirror {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    /// One fetch at a time.
    turn: Mutex<()>,
    /// Locked as long as the mirror is open.
    _in_use: File,
}

impl Mirror {
    /// Opens the mirror in the folder, or makes one there. What a killed fetch has left is removed.
    pub async fn open(folder: &Path) -> Result<Self, Error> {
        let folder = folder.to_owned();
        blocking(move || {
            let unusable = |source| Error::Folder {
                path: folder.clone(),
                source,
            };
            fs::create_dir_all(&folder).map_err(unusable)?;
            let in_use = lock(&folder)?;
            if Repository::open_bare(&folder).is_err() {
                Repository::init_bare(&folder).map_err(|source| damaged(&folder, source))?;
            }
            match fs::remove_dir_all(folder.join(INCOMING)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(error)),
                _ => {}
            }
            let inner = Inner {
                folder: folder.clone(),
                turn: Mutex::new(()),
                _in_use: in_use,
            };
            Ok(Self {
                inner: Arc::new(inner),
            })
        })
        .await
    }

    /// Brings what the reference leads to, and says which commit that is. A commit that is there already is not
    /// asked for again: it cannot have changed.
    pub async fn fetch(&self, remote: &Remote, reference: &Reference) -> Result<Revision, Error> {
        if let Reference::Commit { commit, branch: None } = reference
            && self.has(*commit).await?
        {
            return self
                .remember(
                    reference,
                    Revision {
                        commit: *commit,
                        name: None,
                    },
                )
                .await;
        }
        let late = |_| Error::Timeout {
            address: remote.address.to_string(),
            after: remote.timeout,
        };
        let fetch = async {
            let _turn = self.inner.turn.lock().await;
            let revision = Fetch {
                mirror: self,
                remote,
                reference,
            }
            .run()
            .await?;
            self.remember(reference, revision).await
        };
        tokio::time::timeout(remote.timeout, fetch).await.map_err(late)?
    }

    /// The revision that the last successful fetch of the reference found, whether or not the remote can be reached.
    pub async fn last(&self, reference: &Reference) -> Result<Option<Revision>, Error> {
        let reference = reference.clone();
        self.read(move |repository, folder| {
            let revision = memory::read(folder, &reference).map_err(|source| unusable(folder, source))?;
            Ok(revision.filter(|revision| repository.find_commit(revision.commit.0).is_ok()))
        })
        .await
    }

    /// The commit is in the mirror.
    pub async fn has(&self, commit: Commit) -> Result<bool, Error> {
        self.read(move |repository, _| Ok(repository.find_commit(commit.0).is_ok()))
            .await
    }

    /// `older` is `newer` or in its history. If not, the branch was rewritten: no fast-forward leads there.
    pub async fn contains(&self, newer: Commit, older: Commit) -> Result<bool, Error> {
        self.read(move |repository, folder| {
            is_within(repository, newer.0, older.0).map_err(known(folder, newer))
        })
        .await
    }

    async fn remember(&self, reference: &Reference, revision: Revision) -> Result<Revision, Error> {
        let reference = reference.clone();
        self.read(move |_, folder| {
            memory::write(folder, &reference, &revision).map_err(|source| unusable(folder, source))?;
            Ok(revision)
        })
        .await
    }

    pub(super) fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// A folder for packs that are on their way, by a number of its own.
    pub(super) fn incoming(&self) -> PathBuf {
        self.inner
            .folder
            .join(INCOMING)
            .join(format!("{:016x}", fastrand::u64(..)))
    }

    /// Commits that the server need not send, youngest first.
    pub(super) async fn haves(&self) -> Result<Vec<Oid>, Error> {
        self.read(|repository, folder| {
            let tips = memory::commits(folder).map_err(|source| unusable(folder, source))?;
            haves(repository, &tips).map_err(|source| damaged(folder, source))
        })
        .await
    }

    /// Runs on a thread that may block, with the repository opened anew.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Repository, &Path) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        // Keeps the lock until the work is done, even where nobody waits for it any more.
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let repository =
                Repository::open_bare(&inner.folder).map_err(|source| damaged(&inner.folder, source))?;
            work(&repository, &inner.folder)
        })
        .await
    }
}

/// Runs on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime is being shut down.
        Err(error) => Err(unusable(Path::new(""), io::Error::other(error))),
    }
}

fn lock(folder: &Path) -> Result<File, Error> {
    let file = File::create(folder.join(IN_USE)).map_err(|source| unusable(folder, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(Error::InUse(folder.to_owned())),
        Err(fs::TryLockError::Error(source)) => Err(unusable(folder, source)),
    }
}

fn haves(repository: &Repository, tips: &[Oid]) -> Result<Vec<Oid>, git2::Error> {
    let mut walk = repository.revwalk()?;
    walk.set_sorting(git2::Sort::TIME)?;
    for tip in tips.iter().filter(|tip| repository.find_commit(**tip).is_ok()) {
        walk.push(*tip)?;
    }
    walk.take(MOST_HAVES).collect()
}

/// The one commit is the other, or in its history.
pub(super) fn is_within(repository: &Repository, newer: Oid, older: Oid) -> Result<bool, git2::Error> {
    if newer == older {
        return repository.find_commit(newer).map(|_| true);
    }
    match repository.find_commit(older) {
        Ok(_) => repository.graph_descendant_of(newer, older),
        Err(error) if error.code() == ErrorCode::NotFound => repository.find_commit(newer).map(|_| false),
        Err(error) => Err(error),
    }
}

pub(super) fn unusable(folder: &Path, source: io::Error) -> Error {
    Error::Folder {
        path: folder.to_owned(),
        source,
    }
}

pub(super) fn damaged(folder: &Path, source: git2::Error) -> Error {
    Error::Repository {
        path: folder.to_owned(),
        source,
    }
}

/// What is not found where a commit is asked for is the commit; all else is damage.
pub(super) fn known(folder: &Path, commit: Commit) -> impl Fn(git2::Error) -> Error {
    move |source| match source.code() {
        ErrorCode::NotFound => Error::UnknownCommit(commit),
        _ => damaged(folder, source),
    }
}
