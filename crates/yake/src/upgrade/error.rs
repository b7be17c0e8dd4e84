//! What can go wrong with a step of an upgrade.

use common::kube::Class;

use crate::landscape::upgrade::Unwritable;

/// A step that failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UpgradeError {
    /// A cluster did not answer as it should.
    #[error(transparent)]
    Cluster(#[from] common::kube::Error),
    /// A change cannot be made.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// Gardenlets are objects of the virtual garden.
    #[error("the virtual garden is not known; name its kubeconfig")]
    NoVirtualGarden,
}

impl UpgradeError {
    /// Whether trying again can help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Cluster(error) => error.class() != Class::Permanent,
            Self::Unwritable(_) | Self::NoVirtualGarden => false,
        }
    }
}
