//! What went wrong on an API server, about which object, and whether trying again can help.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::ObjectId;

/// A call that failed: where, about what, how.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{subject} on {server}: {failure}")]
pub struct Error {
    /// URL of the API server; empty where a kubeconfig did not name a usable one.
    pub server: Arc<str>,
    /// What the call was about.
    pub subject: Subject,
    /// How it failed.
    pub failure: Failure,
}

/// What a call was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The API server as such.
    Server,
    /// A group version or kind.
    Kind(String),
    /// One object.
    Object(Box<ObjectId>),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("API server"),
            Self::Kind(kind) => f.write_str(kind),
            Self::Object(id) => id.fmt(f),
        }
    }
}

impl From<&ObjectId> for Subject {
    fn from(id: &ObjectId) -> Self {
        Self::Object(Box::new(id.clone()))
    }
}

/// How a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The kubeconfig cannot be used on a server.
    #[error("kubeconfig cannot be used: {path}: {why}")]
    Kubeconfig {
        /// JSON path of the member, `users.0.user.exec`.
        path: String,
        /// Why, without any secret.
        why: String,
    },
    /// No connection, or it broke before the answer was complete.
    #[error("not reachable: {cause}")]
    Unreachable {
        /// The chain of causes.
        cause: String,
    },
    /// No answer in time. Whether the server acted on the call is unknown.
    #[error("no answer within {} s", .after.as_secs_f32())]
    Timeout {
        /// The limit.
        after: Duration,
    },
    /// Others own members that the object wants to set, and [`Conflicts::Report`](super::Conflicts) was asked.
    #[error("conflict with other field managers: {}", list(.owners))]
    Conflict {
        /// Who owns what.
        owners: Vec<FieldOwner>,
    },
    /// The object changed since it was read, or is not the one that was meant.
    #[error("changed meanwhile: {message}")]
    Stale {
        /// The server's words.
        message: String,
    },
    /// The object does not exist.
    #[error("not found")]
    NotFound,
    /// The server does not know the kind (yet).
    #[error("the server does not know kind {kind} in {api_version}")]
    UnknownKind {
        /// Group version.
        api_version: String,
        /// Kind.
        kind: String,
    },
    /// The server refused or failed.
    #[error("refused with status {status}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Kubernetes' reason, may be empty.
        reason: String,
        /// The server's words.
        message: String,
        /// Which members it complained about.
        causes: Vec<Cause>,
    },
    /// Too many requests or not ready.
    #[error("overloaded (status {status}): {message}")]
    Overloaded {
        /// 429 or 503.
        status: u16,
        /// The server's words.
        message: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The object cannot be sent.
    #[error("not a usable object: {why}")]
    Invalid {
        /// Why.
        why: String,
    },
    /// The answer is not what an API server says.
    #[error("unreadable answer: {why}")]
    Unreadable {
        /// Why.
        why: String,
    },
}

fn list(owners: &[FieldOwner]) -> String {
    let owners: Vec<_> = owners
        .iter()
        .map(|owner| format!("{} owns {}", owner.manager, owner.field))
        .collect();
    owners.join(", ")
}

/// Who owns a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldOwner {
    /// The other field manager.
    pub manager: String,
    /// `.spec.replicas`.
    pub field: String,
}

/// One of the server's complaints.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Cause {
    /// Member, `spec.ports[0].name`; empty when it is about the whole object.
    #[serde(default)]
    pub field: String,
    /// Machine-readable cause, may be empty.
    #[serde(default)]
    pub reason: String,
    /// The server's words.
    #[serde(default)]
    pub message: String,
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Try again with backoff.
    Transient,
    /// Something else has to appear first; try again when it may have.
    Waiting,
    /// The same call fails again until a human changes something.
    Permanent,
}

impl Error {
    /// What to do about it.
    pub fn class(&self) -> Class {
        self.failure.class()
    }

    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        self.failure == Failure::NotFound
    }

    /// Whether the object changed since it was read.
    pub fn is_stale(&self) -> bool {
        matches!(self.failure, Failure::Stale { .. })
    }

    /// Whether the server does not let this user do it.
    pub fn is_denied(&self) -> bool {
        matches!(
            self.failure,
            Failure::Refused {
                status: 401 | 403,
                ..
            }
        )
    }

    /// Whether the server cannot be talked to, as opposed to refusing this one call.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self.failure,
            Failure::Unreachable { .. } | Failure::Timeout { .. }
        )
    }
}

impl Failure {
    pub(super) fn class(&self) -> Class {
        match self {
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Stale { .. }
            | Self::Overloaded { .. }
            | Self::Unreadable { .. } => Class::Transient,
            Self::NotFound | Self::UnknownKind { .. } => Class::Waiting,
            Self::Kubeconfig { .. } | Self::Conflict { .. } | Self::Invalid { .. } => Class::Permanent,
            Self::Refused {
                status,
                causes,
                message,
                ..
            } => refusal(*status, causes, message),
        }
    }
}

/// A namespace that is missing or going is worth waiting for; the server's own faults pass; the rest does not.
fn refusal(status: u16, causes: &[Cause], message: &str) -> Class {
    let terminating = causes.iter().any(|cause| cause.reason == "NamespaceTerminating");
    match status {
        404 => Class::Waiting,
        403 if terminating || message.contains("because it is being terminated") => Class::Waiting,
        408 | 425 => Class::Transient,
        500.. if causes.is_empty() => Class::Transient,
        _ => Class::Permanent,
    }
}
