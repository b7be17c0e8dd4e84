//! The versions that Git wants.

use std::collections::{BTreeMap, BTreeSet};

use crate::landscape::Version;

/// What shall run: one version of Gardener, one of the virtual garden's Kubernetes, one of each extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector {
    /// Gardener: the operator, and all that follows it.
    pub gardener: Version,
    /// Kubernetes of the virtual garden.
    pub kubernetes: Option<Version>,
    /// Extensions by name.
    pub extensions: BTreeMap<String, Pin>,
    /// What people have to do or to know before this version: an identifier and the text.
    pub requires: BTreeMap<String, String>,
    /// Identifiers that were acknowledged by a commit.
    pub acknowledged: BTreeSet<String>,
}

/// The version of an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Its own version, by which its chart is referred to.
    pub version: Version,
    /// The version of Gardener's library that it was built with, where known.
    pub library: Option<Version>,
}
