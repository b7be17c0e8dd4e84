//! What goes wrong between a repository and its mirror, and whether trying again can help. No text of an error holds
//! a secret.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::address::AddressError;
use super::credentials::CredentialsError;
use super::pack::PackError;
use super::reference::{Commit, ReferenceError};

/// What decides what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It may pass: try again, later and later.
    Transient,
    /// Somebody has to change something: an address, a Secret, the repository.
    Permanent,
}

/// A mirror that cannot be brought up to date, or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Reference.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// Something in the credentials cannot be used.
    #[error("{what} for {address} cannot be used: {why}")]
    Unusable {
        /// Repository.
        address: String,
        /// Which part.
        what: &'static str,
        /// Why, without the part.
        why: String,
    },
    /// No connection, or it broke.
    #[error("{address} is not reachable: {why}")]
    Unreachable {
        /// Repository.
        address: String,
        /// Chain of causes.
        why: String,
    },
    /// It took too long.
    #[error("{address} did not answer completely within {} s", .after.as_secs_f32())]
    Timeout {
        /// Repository.
        address: String,
        /// The limit.
        after: Duration,
    },
    /// The server is not the one that is known.
    #[error("the server of {address} is not trusted: {why}")]
    Untrusted {
        /// Repository.
        address: String,
        /// Why.
        why: String,
    },
    /// The server does not let us.
    #[error("{address} denies access: {why}")]
    Denied {
        /// Repository.
        address: String,
        /// Why.
        why: String,
    },
    /// The server sends elsewhere.
    #[error(
        "{address} redirects to {to}, which does not get the credentials; write that address if it is meant"
    )]
    Redirect {
        /// Repository.
        address: String,
        /// Where to.
        to: String,
    },
    /// There is no repository, or none for us.
    #[error("there is no repository at {address}, or not for these credentials: {why}")]
    NoRepository {
        /// Repository.
        address: String,
        /// What the server says.
        why: String,
    },
    /// The server answers with something else than git.
    #[error("{address} does not answer as a git server: {why}")]
    Protocol {
        /// Repository.
        address: String,
        /// What is wrong.
        why: String,
    },
    /// The reference is not there.
    #[error("{address} has no {reference}{}", .resembling.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default())]
    Missing {
        /// Repository.
        address: String,
        /// What was asked for.
        reference: String,
        /// What is there and has a similar name.
        resembling: Option<String>,
    },
    /// It is there and leads to something else.
    #[error("{reference} of {address} does not lead to a commit")]
    NoCommit {
        /// Repository.
        address: String,
        /// What was asked for.
        reference: String,
    },
    /// Too much, or damaged.
    #[error("what {address} sends is not taken: {source}")]
    Pack {
        /// Repository.
        address: String,
        /// Why.
        source: PackError,
    },
    /// The mirror has no such commit.
    #[error("commit {0} is not in the mirror; fetch it first")]
    UnknownCommit(Commit),
    /// The commit has no such line.
    #[error("line {line} of {path} is not in commit {commit}")]
    UnknownLine {
        /// Commit.
        commit: Commit,
        /// File.
        path: String,
        /// Line, from 1.
        line: usize,
    },
    /// More than the limits allow.
    #[error("commit {commit} has {what}; {limit} are the most that are read")]
    TooLarge {
        /// Commit.
        commit: Commit,
        /// What there is.
        what: String,
        /// Limit.
        limit: u64,
    },
    /// A name that would lead out of its folder.
    #[error(
        "commit {commit} has something named {name:?} in the folder {folder:?}, which git does not allow"
    )]
    BadName {
        /// Commit.
        commit: Commit,
        /// Folder.
        folder: String,
        /// Name.
        name: String,
    },
    /// Another process has it.
    #[error("the mirror {0} is used by another process")]
    InUse(PathBuf),
    /// The mirror's folder.
    #[error("the mirror {path} cannot be used")]
    Folder {
        /// Folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The mirror's repository.
    #[error("the mirror {path} cannot be read; it may be removed, the next fetch makes it anew")]
    Repository {
        /// Folder.
        path: PathBuf,
        /// Why.
        source: git2::Error,
    },
}

impl Error {
    /// Whether trying again can help.
    pub fn class(&self) -> Class {
        match self {
            Self::Address(_)
            | Self::Reference(_)
            | Self::Credentials(_)
            | Self::Unusable { .. }
            | Self::Untrusted { .. }
            | Self::Denied { .. }
            | Self::Redirect { .. }
            | Self::NoCommit { .. }
            | Self::TooLarge { .. }
            | Self::BadName { .. }
            | Self::UnknownCommit(_)
            | Self::UnknownLine { .. } => Class::Permanent,
            Self::Pack { source, .. } => source.class(),
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::NoRepository { .. }
            | Self::Protocol { .. }
            | Self::Missing { .. }
            | Self::InUse(_)
            | Self::Folder { .. }
            | Self::Repository { .. } => Class::Transient,
        }
    }
}

/// What a server says, fit for a line of an error: no control characters, not endless.
pub(super) fn quote(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let short: String = printable.take(300).collect();
    short.split_whitespace().collect::<Vec<_>>().join(" ")
}
