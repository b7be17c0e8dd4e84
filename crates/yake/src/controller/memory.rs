//! What is remembered of a landscape between runs. All of it can be had again.

use std::collections::HashMap;
use std::sync::Arc;

use common::git::{Mirror, Reference, Revision};
use tokio::time::Instant;

use super::follow::Following;
use crate::api::Landscape;
use crate::build::Tree;
use crate::sync::UnitStatus;

/// Of one landscape.
#[derive(Default)]
pub(super) struct Memory {
    /// The repository that is mirrored.
    pub(super) source: Option<Source>,
    /// What a revision consists of.
    pub(super) snapshot: Option<Snapshot>,
    /// Since when a unit waits, by the revision that it waits for.
    pub(super) waits: HashMap<String, (Option<String>, Instant)>,
    /// The landscape as it was gone through last.
    pub(super) landscape: Option<Landscape>,
    /// How the units stood last.
    pub(super) statuses: Vec<UnitStatus>,
    /// Objects that are watched.
    pub(super) following: Option<Following>,
}

/// A mirrored repository.
pub(super) struct Source {
    /// Its address.
    pub(super) url: String,
    /// Which revision of it is wanted.
    pub(super) reference: Reference,
    /// Where it is mirrored.
    pub(super) mirror: Mirror,
    /// When it was looked at last, whether or not that went well.
    pub(super) looked: Option<Instant>,
    /// The request that was answered last.
    pub(super) handled: Option<String>,
}

/// The files of a revision.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) revision: Revision,
    pub(super) tree: Arc<Tree>,
}
