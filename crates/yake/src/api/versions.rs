//! `versions.yaml`: the versions that a landscape shall have.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::landscape::Version;
use crate::landscape::upgrade::{Pin, Vector};

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// Gardener: the operator and all that follows it, `1.148.4`.
    pub gardener: Version,
    /// Kubernetes of the virtual garden. Absent: it stays.
    #[serde(default)]
    pub kubernetes: Option<Version>,
    /// Extensions by name. Those that are not named stay.
    #[serde(default)]
    pub extensions: BTreeMap<String, ExtensionVersion>,
    /// What has to be done before: an identifier and what to do.
    #[serde(default)]
    pub requires: BTreeMap<String, String>,
    /// Identifiers of what is done, and exceptions that are wanted (`shoots-may-lag`).
    #[serde(default)]
    pub acknowledged: BTreeSet<String>,
}

/// An extension.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionVersion {
    /// Its version, by which its chart is referred to.
    pub version: Version,
    /// The version of Gardener's library that it is built with, for the check against the oldest gardenlet.
    #[serde(default)]
    pub library: Option<Version>,
}

impl From<Versions> for Vector {
    fn from(versions: Versions) -> Self {
        let Versions {
            gardener,
            kubernetes,
            extensions,
            requires,
            acknowledged,
        } = versions;
        let pin = |extension: ExtensionVersion| {
            let ExtensionVersion { version, library } = extension;
            Pin { version, library }
        };
        Self {
            gardener,
            kubernetes,
            extensions: extensions
                .into_iter()
                .map(|(name, extension)| (name, pin(extension)))
                .collect(),
            requires,
            acknowledged,
        }
    }
}
