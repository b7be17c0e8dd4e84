//! What can go wrong with a request.

use serde::Deserialize;

use crate::api::Violation;

/// Problem document of the server (RFC 7807).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// URL that names the kind of problem.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// Short name.
    pub title: Option<String>,
    /// What is wrong this time; text or a nested document.
    pub detail: serde_json::Value,
    /// Every violation with its path, for invalid bodies.
    pub violations: Vec<ProblemViolation>,
}

/// One violation inside a problem document.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProblemViolation {
    /// JSON path.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl Problem {
    /// The violations of an invalid body.
    pub fn violations(&self) -> impl Iterator<Item = Violation> {
        self.violations.iter().map(|v| Violation {
            path: v.path.clone(),
            message: v.message.clone(),
        })
    }

    /// `detail`, else `title`, as one line of text.
    pub fn text(&self) -> String {
        match &self.detail {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => self.title.clone().unwrap_or_default(),
            nested => nested.to_string(),
        }
    }
}

/// A request that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer: connection refused, timeout, broken stream. Transient.
    #[error("{method} {path} got no answer")]
    Unanswered {
        /// HTTP method.
        method: String,
        /// Path and query.
        path: String,
        /// Cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server said no.
    #[error("{method} {path} was answered with {status}: {}", problem.text())]
    Refused {
        /// HTTP method.
        method: String,
        /// Path and query.
        path: String,
        /// HTTP status code.
        status: u16,
        /// What the server said.
        problem: Box<Problem>,
    },
    /// The answer is not what the API promises.
    #[error("the answer to {method} {path} cannot be read")]
    Unreadable {
        /// HTTP method.
        method: String,
        /// Path and query.
        path: String,
        /// Cause.
        source: serde_json::Error,
    },
}

impl Error {
    /// HTTP status code, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Unanswered { .. } | Self::Unreadable { .. } => None,
        }
    }

    /// The object does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Somebody else wrote first, or the object is another one by now: read again and decide anew.
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409)
    }

    /// The revision is compacted or unknown: list again.
    pub fn is_gone(&self) -> bool {
        self.status() == Some(410)
    }

    /// The update contained nothing new, which is no failure for a controller.
    pub fn is_without_change(&self) -> bool {
        matches!(self, Self::Refused { status: 400, problem, .. }
            if problem.title.as_deref() == Some("UPDATE_ERROR") && problem.text().contains("no update"))
    }
}
