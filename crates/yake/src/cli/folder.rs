//! Folders of the disk as trees of a build: reads what a build may name, and follows no link that leads out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::api::names::LANDSCAPE_FILE;
use crate::build::{LARGEST_FILE, Tree, TreeError};

/// Bytes of all files together.
const LARGEST_TREE: u64 = 256 << 20;
/// Folders that no kustomization names, and that may be huge.
const SKIPPED: [&str; 3] = [".git", "target", "node_modules"];

/// A folder that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The system does not let us.
    #[error("cannot read {path}")]
    Read {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Too much.
    #[error("the files below {0} have more than {mib} MiB together; --root names a smaller folder", mib = LARGEST_TREE >> 20)]
    Large(PathBuf),
    /// Not below.
    #[error("{path} is not below the root {root}")]
    Outside {
        /// Folder.
        path: PathBuf,
        /// Root.
        root: PathBuf,
    },
}

/// The tree of a repository, and a folder's path in it. Without `root`, the repository is the closest folder above
/// that holds `.git`; outside of any, it is the folder itself if a landscape lies there, else the working directory if
/// the folder is below it, else the folder itself.
pub fn read_folder(folder: &Path, root: Option<&Path>) -> Result<(Tree, String), FolderError> {
    let folder = real(folder)?;
    let root = match root {
        Some(root) => real(root)?,
        None => root_of(&folder)?,
    };
    let inside = folder.strip_prefix(&root).map_err(|_| FolderError::Outside {
        path: folder.clone(),
        root: root.clone(),
    })?;
    let inside = name(inside);
    let mut reader = Reader {
        root,
        tree: Tree::new(),
        left: LARGEST_TREE,
    };
    reader.folder(&reader.root.clone(), 0)?;
    Ok((reader.tree, inside))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Read { path, source }
}

fn real(path: &Path) -> Result<PathBuf, FolderError> {
    fs::canonicalize(path).map_err(failed(path))
}

fn root_of(folder: &Path) -> Result<PathBuf, FolderError> {
    if let Some(repository) = folder.ancestors().find(|above| above.join(".git").exists()) {
        return Ok(repository.to_owned());
    }
    if folder.join(LANDSCAPE_FILE).is_file() {
        return Ok(folder.to_owned());
    }
    let working = real(Path::new("."))?;
    let is_below = folder.starts_with(&working) && working.parent().is_some();
    Ok(if is_below { working } else { folder.to_owned() })
}

fn name(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// Folders inside of folders, and links to folders above.
const DEPTH: usize = 64;

struct Reader {
    root: PathBuf,
    tree: Tree,
    left: u64,
}

impl Reader {
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), FolderError> {
        if depth > DEPTH {
            return Ok(());
        }
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let entry = entry.map_err(failed(folder))?;
            if SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) {
                continue;
            }
            self.entry(&entry.path(), depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, depth: usize) -> Result<(), FolderError> {
        let inside = name(path.strip_prefix(&self.root).unwrap_or(path));
        let is_link = fs::symlink_metadata(path).map_err(failed(path))?.is_symlink();
        if is_link {
            let target = fs::canonicalize(path);
            if !target.as_ref().is_ok_and(|target| target.starts_with(&self.root)) {
                self.tree.refuse(inside.clone(), TreeError::Link(inside));
                return Ok(());
            }
            // A link to a folder above would never end.
            if target.is_ok_and(|target| path.starts_with(target)) {
                return Ok(());
            }
        }
        let metadata = fs::metadata(path).map_err(failed(path))?;
        if metadata.is_dir() {
            return self.folder(path, depth + 1);
        }
        if metadata.is_file() {
            self.file(path, inside, metadata.len())?;
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, inside: String, size: u64) -> Result<(), FolderError> {
        if size > LARGEST_FILE as u64 {
            self.tree
                .refuse(inside.clone(), TreeError::Large { path: inside, size });
            return Ok(());
        }
        let left = self.left.checked_sub(size);
        self.left = left.ok_or_else(|| FolderError::Large(self.root.clone()))?;
        self.tree.insert(inside, fs::read(path).map_err(failed(path))?);
        Ok(())
    }
}
