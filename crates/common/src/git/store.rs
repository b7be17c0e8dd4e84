//! Stores a pack: watched piece by piece, indexed in a folder of its own, moved into the mirror when it is complete.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use git2::{Indexer, Odb, Repository};
use tokio::sync::mpsc;

use super::complete;
use super::mirror::Mirror;
use super::pack::{FetchLimits, Guard, PackError};
use super::wire::Piece;

/// A pack on its way.
pub(super) struct Store {
    pub(super) mirror: Mirror,
    pub(super) limits: FetchLimits,
    pub(super) pieces: mpsc::Receiver<Piece>,
    pub(super) stop: Arc<AtomicBool>,
}

/// Blocks until the pack is stored or refused. All objects that it leads to are in it or in the mirror.
pub(super) fn store(store: Store) -> Result<(), PackError> {
    let Store {
        mirror,
        limits,
        mut pieces,
        stop,
    } = store;
    let folder = Folder::create(mirror.incoming()).map_err(|error| disk(&error))?;
    let repository = Repository::open_bare(mirror.folder()).map_err(|error| unread(&error))?;
    let objects = repository.odb().map_err(|error| unread(&error))?;
    let packs = folder.0.join("pack");
    let mut indexer = Indexer::new(None, &packs, 0o444, false).map_err(|error| unread(&error))?;
    indexer.progress(|_| !stop.load(Ordering::Relaxed));
    let mut guard = Guard::new(limits);
    loop {
        match pieces.blocking_recv() {
            Some(Piece::Bytes(bytes)) => {
                guard.watch(&bytes)?;
                indexer
                    .write_all(&bytes)
                    .map_err(|error| PackError::Damaged(error.to_string()))?;
            }
            Some(Piece::End) => break,
            None => return Err(PackError::Incomplete),
        }
    }
    guard.finish()?;
    let name = indexer
        .commit()
        .map_err(|error| PackError::Damaged(error.message().to_owned()))?;
    check(&folder.0, &objects)?;
    publish(&packs, &mirror.folder().join("objects/pack"), &name).map_err(|error| disk(&error))
}

fn check(folder: &Path, objects: &Odb<'_>) -> Result<(), PackError> {
    let path = folder
        .to_str()
        .ok_or_else(|| PackError::Store("the path of the mirror is no text".to_owned()))?;
    let pack = Odb::new().map_err(|error| unread(&error))?;
    pack.add_disk_alternate(path).map_err(|error| unread(&error))?;
    complete::check(&pack, objects)
}

/// The index last: a pack is looked for by its index.
fn publish(from: &Path, to: &Path, name: &str) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for kind in ["pack", "idx"] {
        let file = format!("pack-{name}.{kind}");
        fs::rename(from.join(&file), to.join(&file))?;
    }
    Ok(())
}

fn disk(error: &io::Error) -> PackError {
    PackError::Store(error.to_string())
}

fn unread(error: &git2::Error) -> PackError {
    PackError::Store(error.message().to_owned())
}

/// Gone with all that is left in it when the work is over.
struct Folder(PathBuf);

impl Folder {
    fn create(path: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(path.join("pack"))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left here is removed when the mirror is opened next.
        let _ = fs::remove_dir_all(&self.0);
    }
}
