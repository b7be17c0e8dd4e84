//! The files that a build may see: bytes by path, nothing else. What lies outside the root does not exist.

use std::collections::BTreeMap;

/// Largest file that is read as a manifest: an object of the API server is smaller than 2 MB, a bundle of
/// definitions some MB.
pub const LARGEST_FILE: usize = 16 << 20;

/// A path that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// It does not begin inside.
    #[error("{0:?} is an absolute path; only files of the repository may be named")]
    Absolute(String),
    /// It leaves the root.
    #[error("{0:?} leads out of the repository")]
    Outside(String),
    /// It is fetched from elsewhere.
    #[error("{0:?} is fetched from elsewhere; Yake builds from the files of the repository only")]
    Remote(String),
    /// There is no such thing.
    #[error("{0:?} does not exist")]
    Missing(String),
    /// It is a folder where a file is needed.
    #[error("{0:?} is a folder")]
    Folder(String),
    /// A symbolic link that leads out of the root.
    #[error("{0:?} is a symbolic link that leads out of the repository")]
    Link(String),
    /// A commit of another repository.
    #[error(
        "{0:?} is a submodule, whose files are not fetched; copy what is needed of it into the repository"
    )]
    Submodule(String),
    /// Too large.
    #[error("{path:?} has {size} bytes; {LARGEST_FILE} are the most that a build takes")]
    Large {
        /// Path.
        path: String,
        /// Bytes.
        size: u64,
    },
    /// Not text.
    #[error("{0:?} is not UTF-8 text")]
    NotText(String),
}

/// What lies at a path.
#[derive(Debug, Clone)]
enum Entry {
    File(Vec<u8>),
    /// It is there, and asking for it is refused.
    Refused(TreeError),
}

/// Files by their path below the root, with `/` between the parts.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// A tree without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        let (path, bytes) = (path.into(), bytes.into());
        let entry = if bytes.len() > LARGEST_FILE {
            Entry::Refused(TreeError::Large {
                path: path.clone(),
                size: bytes.len() as u64,
            })
        } else {
            Entry::File(bytes)
        };
        self.entries.insert(path, entry);
    }

    /// Adds something that may not be read, and why.
    pub fn refuse(&mut self, path: impl Into<String>, reason: TreeError) {
        self.entries.insert(path.into(), Entry::Refused(reason));
    }

    /// The bytes of a file.
    pub fn bytes(&self, path: &str) -> Result<&[u8], TreeError> {
        match self.entries.get(path) {
            Some(Entry::File(bytes)) => Ok(bytes),
            Some(Entry::Refused(reason)) => Err(reason.clone()),
            None if self.is_folder(path) => Err(TreeError::Folder(path.to_owned())),
            None => Err(self
                .refused_above(path)
                .unwrap_or_else(|| TreeError::Missing(path.to_owned()))),
        }
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Result<&str, TreeError> {
        std::str::from_utf8(self.bytes(path)?).map_err(|_| TreeError::NotText(path.to_owned()))
    }

    /// A file lies there.
    pub fn is_file(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    /// Files lie below it; the root is always there.
    pub fn is_folder(&self, path: &str) -> bool {
        path.is_empty() || self.below(path).next().is_some()
    }

    /// Paths of the files below a folder, in order.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        self.entries
            .range(prefix.clone()..)
            .map(|(path, _)| path.as_str())
            .take_while(move |path| path.starts_with(&prefix))
    }

    /// A link on the way to the path that leads out.
    fn refused_above(&self, path: &str) -> Option<TreeError> {
        path.match_indices('/')
            .find_map(|(end, _)| match self.entries.get(path.get(..end)?)? {
                Entry::Refused(reason) => Some(reason.clone()),
                Entry::File(_) => None,
            })
    }
}

/// The path that `named` means when it stands in a file of `folder`.
pub(crate) fn join(folder: &str, named: &str) -> Result<String, TreeError> {
    if is_remote(named) {
        return Err(TreeError::Remote(named.to_owned()));
    }
    if named.starts_with('/') {
        return Err(TreeError::Absolute(named.to_owned()));
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(|| TreeError::Outside(named.to_owned()))?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Names that the original fetches: addresses, and repositories of well-known hosts.
fn is_remote(named: &str) -> bool {
    named.contains("://")
        || named.starts_with("git@")
        || named.starts_with("github.com/")
        || named.starts_with("git::")
        || named.contains("?ref=")
        || named.contains(".git//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_root() {
        assert_eq!(join("a/b", "../c/./d").unwrap(), "a/c/d");
        assert_eq!(join("a", "..").unwrap(), "");
        assert!(matches!(join("a", "../.."), Err(TreeError::Outside(_))));
        assert!(matches!(join("a", "/etc/passwd"), Err(TreeError::Absolute(_))));
        for address in [
            "https://example.test/x.yaml",
            "github.com/a/b?ref=v1",
            "ssh://git@example.test/x",
            "git@example.test:a/b",
        ] {
            assert!(
                matches!(join("a", address), Err(TreeError::Remote(_))),
                "{address}"
            );
        }
    }

    #[test]
    fn what_lies_behind_a_refused_link_is_refused_with_the_reason_of_the_link() {
        let mut tree = Tree::new();
        tree.refuse("a/link", TreeError::Link("a/link".to_owned()));
        assert_eq!(
            tree.bytes("a/link/x.yaml"),
            Err(TreeError::Link("a/link".to_owned()))
        );
    }

    #[test]
    fn a_file_that_is_too_large_is_there_but_not_read() {
        let mut tree = Tree::new();
        tree.insert("big.yaml", vec![b' '; LARGEST_FILE + 1]);
        assert!(tree.is_file("big.yaml"));
        assert!(matches!(tree.bytes("big.yaml"), Err(TreeError::Large { .. })));
    }
}
