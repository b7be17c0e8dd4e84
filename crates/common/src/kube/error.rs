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
    fn class(&self) -> Class {
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

/// `v1.Status`, as far as it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    reason: String,
    message: String,
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    name: String,
    kind: String,
    causes: Vec<Cause>,
    retry_after_seconds: u64,
}

/// Reads a refusal. `name` is the object's, to tell a missing object from a missing namespace.
pub(super) fn read_refusal(status: u16, body: &[u8], name: Option<&str>) -> Failure {
    let Status {
        reason,
        message,
        details,
    } = serde_json::from_slice(body).unwrap_or_else(|_| Status {
        message: excerpt(body),
        ..Status::default()
    });
    let details = details.unwrap_or_default();
    match status {
        404 if details.kind != "namespaces" && name.is_none_or(|name| name == details.name) => {
            Failure::NotFound
        }
        404 if details.kind == "namespaces" && name == Some(details.name.as_str()) => Failure::NotFound,
        409 => read_conflict(message, &details.causes),
        429 | 503 => Failure::Overloaded {
            status,
            message,
            retry_after: (details.retry_after_seconds > 0)
                .then(|| Duration::from_secs(details.retry_after_seconds)),
        },
        _ => {
            let mut causes = details.causes;
            if causes.is_empty() {
                causes = read_schema_complaints(&message);
            }
            Failure::Refused {
                status,
                reason,
                message,
                causes,
            }
        }
    }
}

fn read_conflict(message: String, causes: &[Cause]) -> Failure {
    let owners: Vec<_> = causes
        .iter()
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| FieldOwner {
            manager: quoted(&cause.message).unwrap_or("another manager").to_owned(),
            field: cause.field.clone(),
        })
        .collect();
    if owners.is_empty() {
        Failure::Stale { message }
    } else {
        Failure::Conflict { owners }
    }
}

fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('"')?;
    rest.split_once('"').map(|(inner, _)| inner)
}

/// Members that do not fit the schema are only named in the message of a server-side apply, which then carries
/// status 500 and no causes: `failed to create typed patch object (…): .spec.imag: field not declared in schema`.
fn read_schema_complaints(message: &str) -> Vec<Cause> {
    const OPENING: &str = "failed to create typed patch object (";
    let Some((_, rest)) = message.split_once(OPENING) else {
        return Vec::new();
    };
    let Some((_, complaints)) = rest.split_once("): ") else {
        return Vec::new();
    };
    complaints
        .lines()
        .filter_map(|line| line.trim().split_once(": "))
        .filter(|(field, _)| field.starts_with('.'))
        .map(|(field, why)| Cause {
            field: field.trim_start_matches('.').to_owned(),
            reason: "FieldValueInvalid".to_owned(),
            message: why.to_owned(),
        })
        .collect()
}

/// The first line of a body that is no `Status`.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}

/// An error with its causes, each once: a cause whose words its parent already contains is left out.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal_of(status: u16, body: &serde_json::Value) -> Failure {
        read_refusal(status, body.to_string().as_bytes(), Some("web"))
    }

    #[test]
    fn a_missing_object_is_told_from_a_missing_namespace() {
        let object =
            json!({"reason": "NotFound", "message": "gone", "details": {"name": "web", "kind": "pods"}});
        assert_eq!(refusal_of(404, &object), Failure::NotFound);
        let namespace = json!({"message": "m", "details": {"name": "tarn", "kind": "namespaces"}});
        let failure = refusal_of(404, &namespace);
        assert!(matches!(failure, Failure::Refused { status: 404, .. }));
        assert_eq!(failure.class(), Class::Waiting);
    }

    #[test]
    fn a_conflict_names_managers_and_fields() {
        let body = json!({"reason": "Conflict", "message": "m", "details": {"causes": [{
            "reason": "FieldManagerConflict", "field": ".spec.replicas",
            "message": "conflict with \"kubectl\" using apps/v1"}]}});
        let failure = refusal_of(409, &body);
        assert_eq!(
            failure.to_string(),
            "conflict with other field managers: kubectl owns .spec.replicas"
        );
        assert_eq!(failure.class(), Class::Permanent);
        let stale = refusal_of(409, &json!({"message": "the object has been modified"}));
        assert_eq!(stale.class(), Class::Transient);
    }

    #[test]
    fn members_outside_the_schema_are_named_though_the_server_says_500() {
        let message = "failed to create typed patch object (/x; apps/v1, Kind=Deployment): errors:\n  \
            .spec.template.spec.containers[name=\"q\"].imag: field not declared in schema\n  \
            .spec.x: field not declared in schema";
        let failure = refusal_of(500, &json!({"message": message}));
        assert_eq!(failure.class(), Class::Permanent);
        let Failure::Refused { causes, .. } = failure else {
            panic!("{failure}")
        };
        assert_eq!(causes[0].field, "spec.template.spec.containers[name=\"q\"].imag");
        assert_eq!(causes[1].field, "spec.x");
    }

    #[test]
    fn classes_follow_from_the_status() {
        for (status, class) in [
            (401, Class::Permanent),
            (403, Class::Permanent),
            (422, Class::Permanent),
            (302, Class::Permanent),
            (429, Class::Transient),
            (500, Class::Transient),
            (502, Class::Transient),
            (503, Class::Transient),
        ] {
            assert_eq!(
                refusal_of(status, &json!({"message": "m"})).class(),
                class,
                "{status}"
            );
            assert_eq!(
                read_refusal(status, b"<html>", None).class(),
                class,
                "{status} without a Status"
            );
        }
    }
}
