//! Problem documents (RFC 7807), the one place where refusals become HTTP.

use common::http::Problem;
use http::StatusCode;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::api::Violations;
use crate::api::decode::DecodeError;

/// Where the original documents its problems.
pub const DEFAULT_PROBLEM_BASE: &str =
    "https://rak-n-rok.readthedocs.io/projects/krake/en/latest/user/problem.html";

/// Describes a refusal. `base` is the URL of the page that describes the titled problems. Invalid bodies are
/// told twice: nested as text, as the original does, and as the list `violations`.
pub(super) fn describe(refusal: &Refusal, base: &str) -> Problem {
    let (status, title) = classify(refusal);
    let problem = match refusal {
        Refusal::Body(DecodeError::Invalid(violations)) => Problem::new(status)
            .detail(violations.to_nested().to_string())
            .with("violations", listed(violations)),
        Refusal::Store(error) => Problem::new(status)
            .detail(refusal.to_string())
            .cause(error.clone()),
        refusal => Problem::new(status).detail(refusal.to_string()),
    };
    match title {
        Some(title) => problem.kind(
            format!("{base}#{}", title.to_lowercase().replace('_', "-")),
            title,
        ),
        None => problem,
    }
}

fn listed(violations: &Violations) -> Value {
    violations
        .iter()
        .map(|violation| json!({ "path": violation.path, "message": violation.message }))
        .collect()
}

fn classify(refusal: &Refusal) -> (StatusCode, Option<&'static str>) {
    use Refusal as R;
    match refusal {
        R::Body(DecodeError::Invalid(_)) | R::Query { .. } => (StatusCode::UNPROCESSABLE_ENTITY, None),
        R::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, None),
        R::Body(DecodeError::Malformed { .. }) | R::Incomplete | R::Path => (StatusCode::BAD_REQUEST, None),
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
        R::Forbidden(_) | R::Origin(_) => (StatusCode::FORBIDDEN, None),
        R::Gone(_) => (StatusCode::GONE, None),
        R::StillWaiting(_) => (StatusCode::GATEWAY_TIMEOUT, None),
        R::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, None),
        R::Unreadable(_) => (StatusCode::INTERNAL_SERVER_ERROR, None),
    }
}
