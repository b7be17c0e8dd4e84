//! The commit that a local checkout is at, and whether its files are as committed.

use std::path::Path;

use git2::{ErrorCode, Repository, StatusOptions};

use super::contents::{self, Authorship};
use super::reference::{Commit, Revision};

/// Where a checkout is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Commit, and the branch that is checked out.
    pub revision: Revision,
    /// How its files are.
    pub files: Files,
}

/// Whether files are as committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// All are.
    Committed,
    /// Some were changed, added or removed.
    Changed,
}

impl Checkout {
    /// The checkout that a folder is in; none if it is in no repository, or in one without a commit. Files that git
    /// ignores do not count. Blocks.
    pub fn of(folder: &Path) -> Result<Option<Self>, git2::Error> {
        let Ok(repository) = Repository::discover(folder) else {
            return Ok(None);
        };
        let Ok(head) = repository.head() else {
            return Ok(None);
        };
        let commit = head.peel_to_commit()?;
        let name = head
            .shorthand()
            .ok()
            .filter(|_| head.is_branch())
            .map(str::to_owned);
        let mut options = StatusOptions::new();
        options.include_untracked(true).exclude_submodules(true);
        let is_clean = repository.is_bare() || repository.statuses(Some(&mut options))?.is_empty();
        Ok(Some(Self {
            revision: Revision {
                commit: Commit(commit.id()),
                name,
            },
            files: if is_clean {
                Files::Committed
            } else {
                Files::Changed
            },
        }))
    }

    /// The commit that last changed a line (from 1) of a file, as the commit that is checked out has it; none if that
    /// has no such line. `path` begins at the top of the repository that the folder is in. Blocks.
    pub fn origin_of(folder: &Path, path: &str, line: usize) -> Result<Option<Authorship>, git2::Error> {
        let repository = Repository::discover(folder)?;
        let commit = repository.head()?.peel_to_commit()?.id();
        match contents::origin(&repository, commit, path, line) {
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::Invalid) => Ok(None),
            found => found,
        }
    }
}
