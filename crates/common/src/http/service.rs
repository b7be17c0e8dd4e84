//! Answers one request: read it, call the routes, log what came of it.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version, header};
use hyper::body::Incoming;
use tower::Service;

use super::activity::Activity;
use super::body::{InFlight, Tracked, collect};
use super::limits::Limits;
use super::metrics::HttpMetrics;
use super::peer::Peer;
use super::problem::{Cause, Problem};

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What all connections of a server share.
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) limits: Limits,
    pub(super) metrics: HttpMetrics,
}

/// What the answers of one connection need.
#[derive(Clone)]
pub(super) struct Answerer {
    pub(super) shared: Arc<Shared>,
    pub(super) peer: Peer,
    pub(super) activity: Arc<Activity>,
}

/// What the log needs to know of a request. Cheap to keep: no copies, but reference counts.
struct Asked {
    method: Method,
    uri: Uri,
    id: Option<HeaderValue>,
    begun: Instant,
}

impl Answerer {
    pub(super) async fn answer(self, request: Request<Incoming>) -> Result<Response<Tracked>, Infallible> {
        let version = request.version();
        let in_flight = InFlight::begin(&self.activity, version == Version::HTTP_2);
        let asked = Asked {
            method: request.method().clone(),
            uri: request.uri().clone(),
            id: request
                .headers()
                .get(&REQUEST_ID)
                .filter(|id| id.len() <= 128)
                .cloned(),
            begun: Instant::now(),
        };
        let mut response = match self.read(request).await {
            Ok(request) => self.route(request).await,
            Err(problem) => self.refuse(problem, version),
        };
        self.report(&asked, &mut response);
        Ok(response.map(|body| Tracked {
            body,
            _in_flight: in_flight,
        }))
    }

    async fn read(&self, request: Request<Incoming>) -> Result<Request<Body>, Problem> {
        let (mut parts, body) = request.into_parts();
        let bytes = collect(&parts.headers, body, &self.shared.limits).await?;
        parts.extensions.insert(self.peer.clone());
        let body = if bytes.is_empty() {
            Body::empty()
        } else {
            Body::from(bytes)
        };
        Ok(Request::from_parts(parts, body))
    }

    async fn route(&self, request: Request<Body>) -> Response {
        let mut router = self.shared.router.clone();
        match AssertUnwindSafe(router.call(request)).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => Problem::internal("the route panicked").into_response(),
        }
    }

    /// Answers a request whose body was not read to its end: the connection cannot be used any more.
    fn refuse(&self, problem: Problem, version: Version) -> Response {
        let mut response = problem.into_response();
        if version != Version::HTTP_2 {
            self.activity.set_must_linger();
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// Logs and counts. Only answers that are logged, or that somebody may ask about, get an identifier.
    fn report(&self, asked: &Asked, response: &mut Response) {
        let (status, took) = (response.status(), asked.begun.elapsed());
        self.shared.metrics.count_request(status, took);
        let is_logged = status.is_server_error() || tracing::enabled!(tracing::Level::DEBUG);
        if asked.id.is_none() && !is_logged && !status.is_client_error() {
            return;
        }
        let id = asked.id.clone().or_else(new_request_id);
        if is_logged {
            self.log(asked, id.as_ref(), response, took);
        }
        if let Some(id) = id {
            response.headers_mut().entry(REQUEST_ID.clone()).or_insert(id);
        }
    }

    fn log(&self, asked: &Asked, id: Option<&HeaderValue>, response: &Response, took: Duration) {
        let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
        let (method, path, peer) = (&asked.method, asked.uri.path(), self.peer.address);
        let status = response.status().as_u16();
        let cause = response.extensions().get::<Cause>().map(tracing::field::display);
        if response.status() >= StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(%method, path, status, id, %peer, ?took, cause, "request failed");
        } else {
            tracing::debug!(%method, path, status, id, %peer, ?took, cause, "request answered");
        }
    }
}

fn new_request_id() -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{:016x}", fastrand::u64(..))).ok()
}
