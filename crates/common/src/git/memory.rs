//! Which revision each reference had when it was fetched last: a file per reference in the mirror's folder, replaced
//! at once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::Oid;
use sha2::{Digest as _, Sha256};

use super::reference::{Reference, Revision};

const FOLDER: &str = "revisions";

fn path(folder: &Path, reference: &Reference) -> PathBuf {
    let hash = Sha256::digest(reference.to_string());
    let name = hash
        .iter()
        .take(16)
        .fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
    folder.join(FOLDER).join(name)
}

pub(super) fn write(folder: &Path, reference: &Reference, revision: &Revision) -> io::Result<()> {
    let path = path(folder, reference);
    let text = match &revision.name {
        Some(name) => format!("{} {name}\n", revision.commit),
        None => format!("{}\n", revision.commit),
    };
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::create_dir_all(folder.join(FOLDER))?;
    let draft = path.with_extension("draft");
    fs::write(&draft, text)?;
    fs::rename(draft, path)
}

/// None if the reference was never fetched, or what is there cannot be read.
pub(super) fn read(folder: &Path, reference: &Reference) -> io::Result<Option<Revision>> {
    match fs::read_to_string(path(folder, reference)) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Commits of all references.
pub(super) fn commits(folder: &Path) -> io::Result<Vec<Oid>> {
    let entries = match fs::read_dir(folder.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut commits = Vec::new();
    for entry in entries {
        let text = fs::read_to_string(entry?.path()).unwrap_or_default();
        commits.extend(parse(&text).map(|revision| revision.commit.0));
    }
    Ok(commits)
}

fn parse(text: &str) -> Option<Revision> {
    let line = text.strip_suffix('\n')?;
    let (commit, name) = match line.split_once(' ') {
        Some((commit, name)) => (commit, Some(name.to_owned())),
        None => (line, None),
    };
    let commit = commit.parse().ok()?;
    Some(Revision { commit, name })
}
