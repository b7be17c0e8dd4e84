//! The documents of the repository.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A document and its path.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        Self { path, text }
    }

    /// Lines of code: those that are indented by four blanks, as all commands in the documents are.
    pub(crate) fn code(&self) -> impl Iterator<Item = &str> {
        self.text.lines().filter_map(|line| line.strip_prefix("    "))
    }

    /// What stands in back quotes.
    pub(crate) fn quoted(&self) -> impl Iterator<Item = &str> {
        self.text.split('`').skip(1).step_by(2)
    }
}

/// All that is written by hand, at the root and in the book.
pub(crate) fn all() -> Vec<Page> {
    let mut paths = vec![root()];
    let mut pages = Vec::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let is_root = path == root();
            let entries = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
            paths.extend(entries.filter(|entry| !is_root || !entry.is_dir()));
            if is_root {
                paths.extend(["docs/src", "examples"].map(|folder| root().join(folder)));
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(Page::read(path));
        }
    }
    assert!(pages.len() > 15, "the documents were not found");
    pages
}
