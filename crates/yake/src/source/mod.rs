//! Sources: what a repository holds at a revision, as the tree of a build. [`Snapshot::take`] reads a mirror of
//! [`common::git`]; [`Exclusions`] say which files are not part of it. Nothing is fetched here, and nothing is built.

mod exclusion;
mod links;
mod snapshot;

pub use exclusion::{ExclusionError, Exclusions, IGNORE_FILE};
pub use snapshot::{Snapshot, SnapshotError, tree_of};
