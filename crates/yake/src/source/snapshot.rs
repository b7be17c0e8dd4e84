//! A commit as the tree of a build: without what is excluded, links resolved, what cannot be read marked as such.

use std::collections::BTreeMap;

use common::git::{self, Content, FileEntry, Mirror, ReadLimits, Revision};

use super::exclusion::{ExclusionError, Exclusions, IGNORE_FILE};
use super::links::{below, follow};
use crate::build::{LARGEST_FILE, Tree, TreeError};

/// Folders that links lead into, inside of each other.
const DEPTH: usize = 32;

/// What a source holds at a revision.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Revision.
    pub revision: Revision,
    /// Its files.
    pub tree: Tree,
}

/// A commit that cannot be taken as a source.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The mirror.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// A `.sourceignore`.
    #[error(transparent)]
    Exclusion(#[from] ExclusionError),
    /// Links multiply files.
    #[error(
        "with what symbolic links lead to, the repository has more than {0}; link files instead of folders"
    )]
    Links(String),
}

impl Snapshot {
    /// Takes the files of a revision out of a mirror that has it.
    pub async fn take(mirror: &Mirror, revision: Revision) -> Result<Self, SnapshotError> {
        let limits = ReadLimits {
            file: LARGEST_FILE as u64,
            ..ReadLimits::default()
        };
        let files = mirror.files(revision.commit, limits).await?;
        let tree = tree_of(files, limits)?;
        Ok(Self { revision, tree })
    }
}

/// The tree of a build that files of a commit make.
pub fn tree_of(files: Vec<FileEntry>, limits: ReadLimits) -> Result<Tree, SnapshotError> {
    let entries: BTreeMap<String, Content> =
        files.into_iter().map(|file| (file.path, file.content)).collect();
    let mut plant = Plant {
        exclusions: exclusions(&entries)?,
        entries: &entries,
        tree: Tree::new(),
        limits,
        bytes: limits.total,
        files: limits.entries,
    };
    plant.folder("", "", 0)?;
    Ok(plant.tree)
}

fn exclusions(entries: &BTreeMap<String, Content>) -> Result<Exclusions, ExclusionError> {
    let mut exclusions = Exclusions::new();
    let mut files: Vec<(&str, &[u8])> = Vec::new();
    for (path, content) in entries {
        let folder = path
            .strip_suffix(IGNORE_FILE)
            .map(|folder| folder.strip_suffix('/').unwrap_or(folder));
        let is_named = path == IGNORE_FILE || path.ends_with(&format!("/{IGNORE_FILE}"));
        if let (Some(folder), Content::File { bytes, .. }, true) = (folder, content, is_named) {
            files.push((folder, bytes));
        }
    }
    // The root's file sorts behind some folders; outer ones must come first.
    files.sort_by_key(|(folder, _)| folder.len());
    for (folder, bytes) in files {
        exclusions.add(folder, &String::from_utf8_lossy(bytes))?;
    }
    Ok(exclusions)
}

/// Makes a tree of entries. What links lead to is there twice, within limits.
struct Plant<'a> {
    entries: &'a BTreeMap<String, Content>,
    exclusions: Exclusions,
    tree: Tree,
    limits: ReadLimits,
    /// Bytes that may still come.
    bytes: u64,
    /// Files that may still come.
    files: u64,
}

impl Plant<'_> {
    /// Shows what lies in the folder `real` under the path `shown`.
    fn folder(&mut self, real: &str, shown: &str, depth: usize) -> Result<(), SnapshotError> {
        for (inside, content) in below(self.entries, real) {
            self.entry(&joined(real, inside), joined(shown, inside), content, depth)?;
        }
        Ok(())
    }

    fn entry(
        &mut self,
        real: &str,
        shown: String,
        content: &Content,
        depth: usize,
    ) -> Result<(), SnapshotError> {
        if self.exclusions.hides(&shown) {
            return Ok(());
        }
        self.files = self
            .files
            .checked_sub(1)
            .ok_or_else(|| SnapshotError::Links(format!("{} files", self.limits.entries)))?;
        match content {
            Content::File { bytes, .. } => {
                let left = self.bytes.checked_sub(bytes.len() as u64);
                self.bytes =
                    left.ok_or_else(|| SnapshotError::Links(format!("{} bytes", self.limits.total)))?;
                self.tree.insert(shown, bytes.clone());
            }
            Content::Link(_) => return self.link(real, shown, depth),
            Content::TooLarge(size) => {
                let (path, size) = (shown.clone(), *size);
                self.tree.refuse(shown, TreeError::Large { path, size });
            }
            Content::Submodule(_) => self.tree.refuse(shown.clone(), TreeError::Submodule(shown)),
        }
        Ok(())
    }

    fn link(&mut self, real: &str, shown: String, depth: usize) -> Result<(), SnapshotError> {
        let Some(target) = follow(self.entries, real) else {
            self.tree.refuse(shown.clone(), TreeError::Link(shown));
            return Ok(());
        };
        if let Some(content) = self.entries.get(&target) {
            return self.entry(&target, shown, content, depth);
        }
        // A link to a folder above would never end.
        let is_above = target.is_empty()
            || real
                .strip_prefix(&target)
                .is_some_and(|rest| rest.starts_with('/'));
        if is_above || depth == DEPTH {
            return Ok(());
        }
        self.folder(&target, &shown, depth + 1)
    }
}

fn joined(folder: &str, inside: &str) -> String {
    if folder.is_empty() {
        inside.to_owned()
    } else {
        format!("{folder}/{inside}")
    }
}

#[cfg(test)]
mod tests {
    use common::git::{Commit, Mode};

    use super::*;

    fn file(path: &str, text: &str) -> FileEntry {
        let content = Content::File {
            bytes: text.as_bytes().to_vec(),
            mode: Mode::Plain,
        };
        FileEntry {
            path: path.to_owned(),
            content,
        }
    }

    fn link(path: &str, target: &str) -> FileEntry {
        FileEntry {
            path: path.to_owned(),
            content: Content::Link(target.to_owned()),
        }
    }

    fn tree(files: Vec<FileEntry>) -> Tree {
        tree_of(files, ReadLimits::default()).unwrap()
    }

    fn paths(tree: &Tree) -> Vec<&str> {
        tree.below("").collect()
    }

    #[test]
    fn what_is_excluded_does_not_exist() {
        let tree = tree(vec![
            file(".sourceignore", "/docs/\n!keep.png\n"),
            file("a/.sourceignore", "secret.yaml\n"),
            file("a/secret.yaml", ""),
            file("docs/x.yaml", ""),
            file("keep.png", ""),
            file("logo.png", ""),
            file("a/x.yaml", "x: 1\n"),
        ]);
        assert_eq!(
            paths(&tree),
            [".sourceignore", "a/.sourceignore", "a/x.yaml", "keep.png"]
        );
    }

    #[test]
    fn links_inside_are_what_they_lead_to_and_links_out_are_refused() {
        let tree = tree(vec![
            file("base/x.yaml", "x: 1\n"),
            link("base/self", "."),
            link("overlay/base", "../base"),
            link("overlay/y.yaml", "base/x.yaml"),
            link("out", "../../etc"),
            link("absolute", "/etc/passwd"),
        ]);
        assert_eq!(tree.text("overlay/base/x.yaml"), Ok("x: 1\n"));
        assert_eq!(tree.text("overlay/y.yaml"), Ok("x: 1\n"));
        assert_eq!(tree.bytes("out/passwd"), Err(TreeError::Link("out".to_owned())));
        assert_eq!(
            tree.bytes("absolute"),
            Err(TreeError::Link("absolute".to_owned()))
        );
    }

    #[test]
    fn links_that_multiply_are_refused() {
        let mut files = vec![file("0/x", "x")];
        for level in 1..8 {
            files
                .extend((0..10).map(|index| link(&format!("{level}/{index}"), &format!("../{}", level - 1))));
        }
        let limits = ReadLimits {
            entries: 5000,
            ..ReadLimits::default()
        };
        let error = tree_of(files, limits).unwrap_err();
        assert!(matches!(error, SnapshotError::Links(_)), "{error}");
    }

    #[test]
    fn what_cannot_be_read_says_why_when_it_is_asked_for() {
        let commit: Commit = "0".repeat(40).parse().unwrap();
        let entry = |path: &str, content| FileEntry {
            path: path.to_owned(),
            content,
        };
        let tree = tree(vec![
            entry("large.yaml", Content::TooLarge(50 << 20)),
            entry("module", Content::Submodule(commit)),
        ]);
        assert!(
            tree.bytes("large.yaml")
                .unwrap_err()
                .to_string()
                .contains("52428800 bytes")
        );
        assert_eq!(
            tree.bytes("module/a.yaml"),
            Err(TreeError::Submodule("module".to_owned()))
        );
    }
}
