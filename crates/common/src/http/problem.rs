//! Problem documents (RFC 7807): how every refusal is told to a client.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

/// Media type of problem documents.
pub const PROBLEM_CONTENT_TYPE: &str = "application/problem+json; charset=utf-8";

/// What went wrong, for the client. Members without a value are left out of the document.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// URL that names the kind of problem; `about:blank` if the status says it all.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// Short text that is the same for every problem of this kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Status of the response.
    #[serde(serialize_with = "as_number")]
    pub status: StatusCode,
    /// What went wrong this time, and what to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// URL of this occurrence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Further members of this kind of problem.
    #[serde(flatten)]
    pub extensions: Map<String, Value>,
    #[serde(skip)]
    cause: Option<Cause>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// Why a response failed: logged by the server, never sent. Travels as an extension of the response.
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl fmt::Debug for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for Cause {
    /// The error and its sources, separated by colons.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(formatter, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl Problem {
    /// A problem whose status says it all.
    pub fn new(status: StatusCode) -> Self {
        Self {
            problem_type: "about:blank".to_owned(),
            title: None,
            status,
            detail: None,
            instance: None,
            extensions: Map::new(),
            cause: None,
        }
    }

    /// An internal failure: the client learns nothing of it, the log everything.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR).cause(cause)
    }

    /// Says what went wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names the kind of problem: a URL and its title.
    #[must_use]
    pub fn kind(mut self, problem_type: impl Into<String>, title: impl Into<String>) -> Self {
        self.problem_type = problem_type.into();
        self.title = Some(title.into());
        self
    }

    /// Adds the URL of this occurrence.
    #[must_use]
    pub fn instance(mut self, instance: impl Into<String>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// Adds a member of this kind of problem.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extensions.insert(name.into(), value.into());
        self
    }

    /// Adds what the log is to say; the client does not see it.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(Cause(Arc::from(cause.into())));
        self
    }

    /// The document.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.status.canonical_reason().unwrap_or("unknown status");
        formatter.write_str(self.detail.as_deref().or(self.title.as_deref()).unwrap_or(reason))
    }
}

impl Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.to_json()));
        *response.status_mut() = self.status;
        let content_type = HeaderValue::from_static(PROBLEM_CONTENT_TYPE);
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_without_a_value_are_left_out() {
        let problem = Problem::new(StatusCode::NOT_FOUND);
        assert_eq!(problem.to_json(), r#"{"type":"about:blank","status":404}"#);
    }

    #[test]
    fn all_members_come_in_the_order_of_the_rfc() {
        let problem = Problem::new(StatusCode::CONFLICT)
            .kind("https://example.org/problems#exists", "EXISTS")
            .detail("a already exists")
            .instance("/a")
            .with("violations", vec!["x"]);
        assert_eq!(
            problem.to_json(),
            r#"{"type":"https://example.org/problems#exists","title":"EXISTS","status":409,"detail":"a already exists","instance":"/a","violations":["x"]}"#
        );
    }

    #[test]
    fn the_cause_is_for_the_log_and_not_for_the_client() {
        let problem = Problem::internal(std::io::Error::other("canary"));
        assert!(!problem.to_json().contains("canary"));
        let response = problem.into_response();
        assert_eq!(
            response.extensions().get::<Cause>().unwrap().to_string(),
            "canary"
        );
    }
}
