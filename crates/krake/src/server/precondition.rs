//! What must be true of a stored object for a client's change to be meant for it.

use super::object::read_stored;
use super::refusal::Refusal;
use crate::api::Metadata;
use crate::store::Entry;

/// Which object a client means, beyond its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Precondition {
    pub(super) uid: Option<String>,
    pub(super) resource_version: Option<String>,
}

impl Precondition {
    /// As sent in the metadata of a body.
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            uid: Some(metadata.uid.clone()).filter(|uid| !uid.is_empty()),
            resource_version: metadata.resource_version.clone(),
        }
    }

    /// Refuses when the stored object is not the one that is meant.
    pub(super) fn check(&self, metadata: &Metadata, entry: &Entry) -> Result<(), Refusal> {
        if let Some(sent) = self.uid.as_ref().filter(|uid| **uid != metadata.uid) {
            return Err(Refusal::OtherUid {
                sent: sent.clone(),
                stored: metadata.uid.clone(),
            });
        }
        let stored = entry.modified.to_string();
        match &self.resource_version {
            Some(sent) if *sent != stored => Err(Refusal::OtherRevision {
                sent: sent.clone(),
                stored,
            }),
            _ => Ok(()),
        }
    }

    /// As [`Self::check`], of an object whose metadata were not read yet.
    pub(super) fn check_entry(&self, entry: &Entry) -> Result<(), Refusal> {
        #[derive(serde::Deserialize)]
        struct Head {
            metadata: Metadata,
        }
        if *self == Self::default() {
            return Ok(());
        }
        let head: Head = read_stored(entry)?;
        self.check(&head.metadata, entry)
    }
}
