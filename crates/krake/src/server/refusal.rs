//! Why a request is refused, in the domain's words; [`super::problem`] turns it into HTTP.

use crate::api::decode::DecodeError;
use crate::store::{CommitError, StoreError, WatchError};

/// A request that is not carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// The body cannot be read.
    #[error(transparent)]
    Body(#[from] DecodeError),
    /// The body is larger than the limit.
    #[error("The body is larger than {limit} bytes.")]
    TooLarge {
        /// Bytes.
        limit: usize,
    },
    /// The body broke off.
    #[error("The body did not arrive completely.")]
    Incomplete,
    /// The path is no text.
    #[error("The path is not UTF-8.")]
    Path,
    /// A query parameter makes no sense.
    #[error("Query parameter '{name}': {message}")]
    Query {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// There is no such object.
    #[error("'{kind}' '{name}' does not exist{place}")]
    NotFound {
        /// Kind.
        kind: &'static str,
        /// Name.
        name: String,
        /// ` in namespace 'x'`, empty for global kinds.
        place: String,
    },
    /// There is such an object already.
    #[error("{kind} '{name}' already exists{place}")]
    Exists {
        /// Kind.
        kind: &'static str,
        /// Name.
        name: String,
        /// ` in namespace 'x'`, empty for global kinds.
        place: String,
    },
    /// New finalizers on an object that is being deleted.
    #[error("Finalizers can only be removed if a deletion is in progress.")]
    AddedFinalizer,
    /// The body says what is stored already.
    #[error("The body contained no update.")]
    NoUpdate,
    /// Members that can never change differ.
    #[error("Trying to update an immutable field: {0}")]
    Immutable(String),
    /// The copy that the client holds is of another object of the same name.
    #[error("The object has uid {stored}, not {sent}: it was deleted and created again.")]
    OtherUid {
        /// From the client.
        sent: String,
        /// In the store.
        stored: String,
    },
    /// The copy that the client holds is not the newest.
    #[error("The object has resourceVersion {stored}, not {sent}: somebody else wrote meanwhile.")]
    OtherRevision {
        /// From the client.
        sent: String,
        /// In the store.
        stored: String,
    },
    /// Others wrote the same object again and again.
    #[error("Concurrent writes to database")]
    Contended,
    /// A hook with a wrong token.
    #[error("No token has been provided or the provided one is invalid.")]
    Token,
    /// Nothing to retry.
    #[error("No migration or deletion retry needed")]
    NothingToRetry,
    /// Nobody knows who asks.
    #[error("No user has been authenticated.")]
    Unauthenticated,
    /// Whoever asks may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// A revision that cannot be resumed.
    #[error("{0}; list again and watch from the list's resourceVersion")]
    Gone(WatchError),
    /// A blocking request whose state was not reached.
    #[error("{0}")]
    StillWaiting(String),
    /// A browser asks for a page of another origin.
    #[error("Pages of {0} may not call this API.")]
    Origin(String),
    /// No such route.
    #[error("There is nothing at this path.")]
    NoRoute,
    /// The route does not know the method.
    #[error("This path does not know the method.")]
    NoMethod,
    /// The store cannot do its work.
    #[error("The store cannot do its work at the moment.")]
    Store(#[source] StoreError),
    /// A stored object that cannot be read.
    #[error("A stored object cannot be read.")]
    Unreadable(String),
}

impl From<CommitError> for Refusal {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(_) => Self::Contended,
            CommitError::Store(error) => Self::Store(error),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<WatchError> for Refusal {
    fn from(error: WatchError) -> Self {
        match error {
            WatchError::Closed => Self::Store(StoreError::Closed),
            error => Self::Gone(error),
        }
    }
}
