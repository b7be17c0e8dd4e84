//! What can be wrong with an encrypted file. No variant carries a value.

use thiserror::Error;

/// A file that could not be worked on.
#[derive(Debug, Error)]
#[error("cannot work on the secrets of {file}")]
pub struct SecretsError {
    /// Name of the file, as it was given.
    pub file: String,
    /// Why.
    #[source]
    pub reason: Reason,
}

/// Why a file could not be worked on.
#[derive(Debug, Error)]
pub enum Reason {
    /// The text of the file is not of its format.
    #[error("line {0}: {1}")]
    Syntax(usize, &'static str),
    /// The file has no `sops` block.
    #[error("it is not encrypted: it has no `sops` block")]
    NotEncrypted,
    /// The file has a `sops` block already.
    #[error("it is encrypted already, or has a `sops` key of its own")]
    AlreadyEncrypted,
    /// The `sops` block is not as it must be.
    #[error("its `sops` block is wrong: {0}")]
    Metadata(&'static str),
    /// None of the keys at hand opens it.
    #[error("no key at hand opens it; it is encrypted to {0}")]
    NoKey(String),
    /// The key of the file is in parts.
    #[error("its key is split among several key groups (Shamir), which is not supported")]
    KeyGroups,
    /// Keys that only sops can use.
    #[error("it has recipients other than age ({0}), which cannot be kept: use sops")]
    ForeignRecipients(String),
    /// A value cannot be encrypted or decrypted.
    #[error("{0}: {1}")]
    Value(String, &'static str),
    /// Values were added, removed, moved or changed by hand.
    #[error("the MAC does not fit: values were changed, moved or removed without sops")]
    MacMismatch,
    /// A recipient, identity or regular expression that is none.
    #[error("{0}: {1}")]
    Setting(String, &'static str),
    /// No rule of `.sops.yaml` fits.
    #[error("no creation rule of .sops.yaml fits this path")]
    NoRule,
    /// The format cannot express a value.
    #[error("{0} cannot be written in this format")]
    Inexpressible(String),
}

impl Reason {
    pub(super) fn of(self, file: &str) -> SecretsError {
        SecretsError {
            file: file.to_owned(),
            reason: self,
        }
    }
}
