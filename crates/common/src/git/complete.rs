//! Whether a new pack is complete: all that its objects name is in it or in the mirror. libgit2's own check takes the
//! commits of submodules for missing objects.

use git2::{ObjectType, Odb, Oid};

use super::pack::PackError;

/// Checks each object of the pack.
pub(super) fn check(pack: &Odb<'_>, mirror: &Odb<'_>) -> Result<(), PackError> {
    let mut objects = Vec::new();
    pack.foreach(|name| {
        objects.push(*name);
        true
    })
    .map_err(|error| damaged(&error))?;
    for name in objects {
        let (_, kind) = pack.read_header(name).map_err(|error| damaged(&error))?;
        if kind == ObjectType::Blob {
            continue;
        }
        let object = pack.read(name).map_err(|error| damaged(&error))?;
        let named = match kind {
            ObjectType::Tree => of_tree(object.data()),
            _ => of_text(object.data()),
        };
        let named = named.ok_or_else(|| PackError::Damaged(format!("{name} cannot be read")))?;
        let is_missing = |named: &&Oid| !pack.exists(**named) && !mirror.exists(**named);
        if let Some(missing) = named.iter().find(is_missing) {
            return Err(PackError::Damaged(format!(
                "{name} needs {missing}, which is not sent"
            )));
        }
    }
    Ok(())
}

fn damaged(error: &git2::Error) -> PackError {
    PackError::Damaged(error.message().to_owned())
}

/// Entries of a tree: mode, blank, name, zero, 20 bytes of a hash. Submodules are elsewhere.
fn of_tree(mut bytes: &[u8]) -> Option<Vec<Oid>> {
    let mut named = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|byte| *byte == 0)?;
        let hash = bytes.get(end + 1..end + 21)?;
        if !bytes.starts_with(b"160000 ") {
            named.push(Oid::from_bytes(hash).ok()?);
        }
        bytes = bytes.get(end + 21..)?;
    }
    Some(named)
}

/// The first lines of a commit or a tag, up to the author.
fn of_text(bytes: &[u8]) -> Option<Vec<Oid>> {
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .map(|line| std::str::from_utf8(line).ok());
    let hashes = lines.map_while(|line| {
        let (key, hash) = line?.split_once(' ')?;
        ["tree", "parent", "object"].contains(&key).then_some(hash)
    });
    hashes.map(|hash| Oid::from_str(hash).ok()).collect()
}
