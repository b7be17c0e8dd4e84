//! What keeps a unit from being as Git says.

use common::kube::{Class, Failure, ObjectId};

use super::inventory::InventoryError;
use super::manifest::ManifestError;
use super::unit::Owner;
use crate::build::{Origin, SecretFields};
use crate::mask;

/// Something that failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SyncError {
    /// An object cannot be made of what was built.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The API server did not take an object, or would not.
    #[error("{}: {id}: {what}", place(.origin))]
    Object {
        /// Which.
        id: Box<ObjectId>,
        /// Where it comes from.
        origin: Origin,
        /// What it said, without any secret.
        what: String,
        /// What to do about it.
        class: Class,
    },
    /// Two units want to own it.
    #[error("{}: {id} belongs to the unit {other} as well; take it out of one of them", place(.origin))]
    Claimed {
        /// Which.
        id: Box<ObjectId>,
        /// Where it comes from.
        origin: Origin,
        /// The other.
        other: Owner,
    },
    /// The tool that applied it before is still at work.
    #[error("{}: {id} is kept by the Flux Kustomization {other}; suspend that first (flux suspend kustomization)", place(.origin))]
    KeptByFlux {
        /// Which.
        id: Box<ObjectId>,
        /// Where it comes from.
        origin: Origin,
        /// Namespace and name.
        other: String,
    },
    /// Gardener would refuse the step, or worse, do it.
    #[error("{}: {id}: {pointer}: {message}; {hint}", place(.origin))]
    Forbidden {
        /// Which.
        id: Box<ObjectId>,
        /// Where it comes from.
        origin: Origin,
        /// Member.
        pointer: String,
        /// What is wrong.
        message: String,
        /// The way out.
        hint: String,
    },
    /// An object that is gone from Git cannot be deleted.
    #[error("{id} is gone from Git and cannot be deleted: {what}")]
    Prune {
        /// Which.
        id: Box<ObjectId>,
        /// What the server said.
        what: String,
        /// What to do about it.
        class: Class,
    },
    /// The cluster cannot be asked.
    #[error(transparent)]
    Cluster(#[from] common::kube::Error),
    /// The inventory is not understood.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
}

fn place(origin: &Origin) -> String {
    match origin.line {
        Some(line) => format!("{}:{line}", origin.file),
        None => origin.file.clone(),
    }
}

impl SyncError {
    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Manifest(_)
            | Self::Claimed { .. }
            | Self::KeptByFlux { .. }
            | Self::Forbidden { .. }
            | Self::Inventory(_) => Class::Permanent,
            Self::Object { class, .. } | Self::Prune { class, .. } => *class,
            Self::Cluster(error) => error.class(),
        }
    }
}

/// What a server said of an object of this kind, in words that hold no secret.
pub(super) fn words(id: &ObjectId, secrets: Option<&SecretFields>, failure: &Failure) -> String {
    let is_secret = secrets.map_or(id.kind == "Secret", |secrets| !secrets.is_empty());
    if is_secret {
        mask::failure(failure)
    } else {
        failure.to_string()
    }
}
