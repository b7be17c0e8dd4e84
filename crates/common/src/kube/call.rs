//! A request to an API server and its answer.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, StatusCode};
use kube::client::Body;

use super::error::{Failure, Subject};

/// A request.
pub(super) struct Call {
    pub(super) subject: Subject,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) content_type: Option<&'static str>,
    pub(super) accept: &'static str,
    pub(super) body: Vec<u8>,
}

impl Call {
    pub(super) fn get(subject: Subject, path: String) -> Self {
        Self {
            subject,
            method: Method::GET,
            path,
            query: String::new(),
            content_type: None,
            accept: "application/json",
            body: Vec::new(),
        }
    }
}

/// A whole answer, of whatever status.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

/// The request on the wire.
pub(super) fn build(call: Call) -> Result<Request<Body>, Failure> {
    let Call {
        subject: _,
        method,
        path,
        query,
        content_type,
        accept,
        body,
    } = call;
    let uri = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    let mut request = Request::builder()
        .method(method)
        .uri(uri)
        .header(http::header::ACCEPT, accept);
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    request.body(Body::from(body)).map_err(|error| Failure::Invalid {
        why: error.to_string(),
    })
}
