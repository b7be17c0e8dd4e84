//! Repositories in folders of this machine: what a server would offer and send is read from them directly.

use std::path::Path;

use git2::{ObjectType, Oid, PackBuilder, Repository};
use tokio::sync::mpsc;

use super::wire::{Advertisement, Piece};

/// Bytes that are handed on together.
const PIECE: usize = 64 << 10;

/// What the repository offers.
pub(super) fn offer(folder: &Path) -> Result<Advertisement, git2::Error> {
    let repository = Repository::open(folder)?;
    let mut offer = Advertisement {
        gives_any_commit: true,
        ..Advertisement::default()
    };
    for reference in repository.references()? {
        let reference = reference?;
        let target = reference.resolve().ok().and_then(|resolved| resolved.target());
        if let (Ok(name), Some(target)) = (reference.name(), target) {
            offer.refs.insert(name.to_owned(), target);
        }
    }
    if let Some(head) = repository.head().ok().and_then(|head| head.target()) {
        offer.refs.insert("HEAD".to_owned(), head);
    }
    Ok(offer)
}

/// Hands on a pack of all that leads to `wants` and not to `haves`. Blocks; ends early when nobody takes it.
pub(super) fn pack(
    folder: &Path,
    wants: &[Oid],
    haves: &[Oid],
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), git2::Error> {
    let repository = Repository::open(folder)?;
    let mut builder = repository.packbuilder()?;
    let mut walk = repository.revwalk()?;
    for want in wants {
        let commit = insert_tags(&repository, &mut builder, *want)?;
        walk.push(commit)?;
    }
    for have in haves.iter().filter(|have| repository.find_commit(**have).is_ok()) {
        walk.hide(*have)?;
    }
    builder.insert_walk(&mut walk)?;
    send(&mut builder, pieces)
}

/// Tags that lead to a commit, and the commit.
fn insert_tags(
    repository: &Repository,
    builder: &mut PackBuilder<'_>,
    want: Oid,
) -> Result<Oid, git2::Error> {
    let mut object = repository.find_object(want, None)?;
    while object.kind() == Some(ObjectType::Tag) {
        builder.insert_object(object.id(), None)?;
        object = object.peel_to_tag()?.target()?;
    }
    Ok(object.id())
}

fn send(builder: &mut PackBuilder<'_>, pieces: &mpsc::Sender<Piece>) -> Result<(), git2::Error> {
    let mut buffer = Vec::with_capacity(PIECE);
    let hand_on = |buffer: &mut Vec<u8>| {
        let bytes = std::mem::replace(buffer, Vec::with_capacity(PIECE));
        pieces.blocking_send(Piece::Bytes(bytes)).is_ok()
    };
    builder.foreach(|bytes| {
        buffer.extend_from_slice(bytes);
        buffer.len() < PIECE || hand_on(&mut buffer)
    })?;
    if hand_on(&mut buffer) {
        // Who takes the pieces tells what became of them.
        let _ = pieces.blocking_send(Piece::End);
    }
    Ok(())
}
