//! One fetch: ask for the offer, find the reference in it, take what is missing, see that it leads to a commit.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use git2::{ErrorCode, Oid, Repository};
use tokio::sync::mpsc;

use super::address::Place;
use super::error::Error;
use super::file;
use super::http;
use super::mirror::{Mirror, Remote, blocking, damaged, is_within};
use super::pack::PackError;
use super::reference::{Commit, Reference, Revision, Target};
use super::ssh;
use super::store::{Store, store};
use super::wire::{self, Advertisement, Piece};

/// Pieces of a pack between the connection and the disk, of at most 64 KiB each.
const PIECES: usize = 16;

/// What is fetched from where.
pub(super) struct Fetch<'a> {
    pub(super) mirror: &'a Mirror,
    pub(super) remote: &'a Remote,
    pub(super) reference: &'a Reference,
}

/// A server, or a folder, that has made its offer.
enum Session<'a> {
    Http(http::Session<'a>),
    Ssh(Box<ssh::Session<'a>>),
    File(&'a Path),
}

impl Fetch<'_> {
    pub(super) async fn run(&self) -> Result<Revision, Error> {
        let (session, offer) = self.open().await?;
        let target = self
            .reference
            .find(&offer)
            .ok_or_else(|| self.missing(Some(&offer)))?;
        let wants = self.lacking(&target).await?;
        if wants.is_empty() {
            self.leave(session).await;
        } else {
            self.take(session, &offer, wants).await?;
        }
        self.settle(target).await
    }

    async fn open(&self) -> Result<(Session<'_>, Advertisement), Error> {
        match &self.remote.address.place {
            Place::Http(url) => {
                let (session, offer) = http::Session::open(self.remote, url).await?;
                Ok((Session::Http(session), offer))
            }
            Place::Ssh(place) => {
                let (session, offer) = ssh::Session::open(self.remote, place).await?;
                Ok((Session::Ssh(Box::new(session)), offer))
            }
            Place::File(folder) => {
                let (read, address) = (folder.clone(), self.remote.address.to_string());
                let offer =
                    blocking(move || file::offer(&read).map_err(|error| unread(address, &error))).await?;
                Ok((Session::File(folder), offer))
            }
        }
    }

    /// What of the target is not in the mirror.
    async fn lacking(&self, target: &Target) -> Result<Vec<Oid>, Error> {
        let wants = target.wants.clone();
        self.mirror
            .read(move |repository, folder| {
                let objects = repository.odb().map_err(|source| damaged(folder, source))?;
                Ok(wants.into_iter().filter(|want| !objects.exists(*want)).collect())
            })
            .await
    }

    async fn leave(&self, session: Session<'_>) {
        match session {
            Session::Ssh(session) => session.leave().await,
            Session::Http(_) | Session::File(_) => {}
        }
    }

    /// Receives a pack and stores it, both at once.
    async fn take(&self, session: Session<'_>, offer: &Advertisement, wants: Vec<Oid>) -> Result<(), Error> {
        let haves = self.mirror.haves().await?;
        let (sender, pieces) = mpsc::channel(PIECES);
        let stop = StopOnDrop(Arc::new(AtomicBool::new(false)));
        let task = Store {
            mirror: self.mirror.clone(),
            limits: self.remote.limits,
            pieces,
            stop: Arc::clone(&stop.0),
        };
        let address = self.remote.address.to_string();
        let refused = move |source| Error::Pack { address, source };
        let stored = tokio::spawn(blocking(move || Ok(store(task))));
        let received = self.receive(session, offer, wants, haves, sender).await;
        let stored = match stored.await {
            Ok(stored) => stored?,
            Err(error) => Err(PackError::Store(error.to_string())),
        };
        match (received, stored) {
            // Why the connection ended says more than that the pack is incomplete.
            (Err(error), Err(PackError::Incomplete)) => Err(error),
            (_, Err(error)) => Err(refused(error)),
            (received, Ok(())) => received,
        }
    }

    async fn receive(
        &self,
        session: Session<'_>,
        offer: &Advertisement,
        wants: Vec<Oid>,
        haves: Vec<Oid>,
        pieces: mpsc::Sender<Piece>,
    ) -> Result<(), Error> {
        match session {
            Session::Http(session) => session.pack(wire::request(offer, &wants, &haves), &pieces).await,
            Session::Ssh(session) => session.pack(wire::request(offer, &wants, &haves), &pieces).await,
            Session::File(folder) => {
                let (folder, address) = (folder.to_owned(), self.remote.address.to_string());
                blocking(move || {
                    file::pack(&folder, &wants, &haves, &pieces).map_err(|error| unread(address, &error))
                })
                .await
            }
        }
    }

    /// Follows the target to its commit.
    async fn settle(&self, target: Target) -> Result<Revision, Error> {
        let found = self.mirror.read(move |repository, folder| {
            find(repository, &target).map_err(|source| damaged(folder, source))
        });
        match found.await? {
            Found::Revision(revision) => Ok(revision),
            Found::Nothing => Err(self.missing(None)),
            Found::NoCommit => Err(Error::NoCommit {
                address: self.remote.address.to_string(),
                reference: self.reference.to_string(),
            }),
        }
    }

    fn missing(&self, offer: Option<&Advertisement>) -> Error {
        Error::Missing {
            address: self.remote.address.to_string(),
            reference: self.reference.to_string(),
            resembling: offer.and_then(|offer| self.reference.resembling(offer)),
        }
    }
}

/// Where a target leads.
enum Found {
    Revision(Revision),
    Nothing,
    NoCommit,
}

fn find(repository: &Repository, target: &Target) -> Result<Found, git2::Error> {
    let object = match repository.find_object(target.tip, None) {
        Ok(object) => object,
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    let Ok(commit) = object.peel_to_commit() else {
        return Ok(Found::NoCommit);
    };
    if let Some(newer) = target.within
        && !is_within(repository, newer, commit.id())?
    {
        return Ok(Found::Nothing);
    }
    Ok(Found::Revision(Revision {
        commit: Commit(commit.id()),
        name: target.name.clone(),
    }))
}

fn unread(address: String, error: &git2::Error) -> Error {
    let why = error.message().to_owned();
    match error.code() {
        ErrorCode::NotFound => Error::NoRepository { address, why },
        ErrorCode::Owner => Error::Denied { address, why },
        _ => Error::Unreachable { address, why },
    }
}

/// Tells the thread that stores a pack that nobody waits for it any more.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
