//! Problem documents (RFC 7807), the one place where refusals become HTTP.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::refusal::Refusal;
use crate::api::decode::DecodeError;

/// Where the original documents its problems.
pub const DEFAULT_PROBLEM_BASE: &str =
    "https://rak-n-rok.readthedocs.io/projects/krake/en/latest/user/problem.html";

/// A problem document. Members that are null are left out, as the original's clients expect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// URL of a description, or `about:blank`.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// Name of the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'static str>,
    /// HTTP status code.
    pub status: u16,
    /// What is wrong this time.
    pub detail: String,
    /// Each violation of an invalid body. Beyond the original.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<ProblemViolation>,
}

/// One violation of an invalid body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemViolation {
    /// JSON path.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl Problem {
    /// Describes a refusal. `base` is the URL of the page that describes the titled problems.
    pub fn new(refusal: &Refusal, base: &str) -> Self {
        let (status, title) = classify(refusal);
        let violations = match refusal {
            Refusal::Body(DecodeError::Invalid(violations)) => violations
                .iter()
                .map(|violation| ProblemViolation {
                    path: violation.path.clone(),
                    message: violation.message.clone(),
                })
                .collect(),
            _ => Vec::new(),
        };
        let detail = match refusal {
            Refusal::Body(DecodeError::Invalid(violations)) => violations.to_nested().to_string(),
            refusal => refusal.to_string(),
        };
        Self {
            problem_type: title.map_or_else(
                || "about:blank".to_owned(),
                |title| format!("{base}#{}", title.to_lowercase().replace('_', "-")),
            ),
            title,
            status: status.as_u16(),
            detail,
            violations,
        }
    }
}

fn classify(refusal: &Refusal) -> (StatusCode, Option<&'static str>) {
    use Refusal as R;
    match refusal {
        R::Body(DecodeError::Malformed { .. }) => (StatusCode::BAD_REQUEST, None),
        R::Body(DecodeError::Invalid(_)) | R::Query { .. } => (StatusCode::UNPROCESSABLE_ENTITY, None),
        R::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, None),
        R::Incomplete => (StatusCode::REQUEST_TIMEOUT, None),
        R::NotFound { .. } => (StatusCode::NOT_FOUND, Some("NOT_FOUND_ERROR")),
        R::NoRoute => (StatusCode::NOT_FOUND, None),
        R::NoMethod => (StatusCode::METHOD_NOT_ALLOWED, None),
        R::Exists { .. } => (StatusCode::CONFLICT, Some("RESOURCE_ALREADY_EXISTS")),
        R::AddedFinalizer => (StatusCode::CONFLICT, Some("UPDATE_ERROR")),
        R::NoUpdate | R::Immutable(_) | R::NothingToRetry => (StatusCode::BAD_REQUEST, Some("UPDATE_ERROR")),
        R::OtherUid { .. } | R::OtherRevision { .. } | R::Contended => {
            (StatusCode::CONFLICT, Some("TRANSACTION_ERROR"))
        }
        R::Token | R::Unauthenticated => (StatusCode::UNAUTHORIZED, None),
        R::Forbidden(_) => (StatusCode::FORBIDDEN, None),
        R::Gone(_) => (StatusCode::GONE, None),
        R::StillWaiting(_) => (StatusCode::GATEWAY_TIMEOUT, None),
        R::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, None),
        R::Unreadable(_) => (StatusCode::INTERNAL_SERVER_ERROR, None),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body,
        )
            .into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json; charset=utf-8"),
        );
        response
    }
}
