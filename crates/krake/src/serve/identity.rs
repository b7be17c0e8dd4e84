//! Layers around the API's routes that belong to the connection: who is at its other end, and that streams
//! end when the process does.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use common::http::Peer;
use futures::StreamExt;
use http::header::CONTENT_TYPE;
use tokio_util::sync::CancellationToken;

use crate::server::PeerName;

/// The routes as a socket serves them.
pub(super) fn on_connections(router: Router, stop: CancellationToken) -> Router {
    let end_streams = move |request: Request, next: Next| {
        let stop = stop.clone();
        async move { end_stream(next.run(request).await, stop) }
    };
    router.layer(from_fn(end_streams)).layer(from_fn(name_peer))
}

/// The common name of a verified client certificate is the user.
async fn name_peer(mut request: Request, next: Next) -> Response {
    let identity = request
        .extensions()
        .get::<Peer>()
        .and_then(|peer| peer.identity.clone());
    if let Some(name) = identity.and_then(|identity| identity.common_name.clone()) {
        request.extensions_mut().insert(PeerName(name));
    }
    next.run(request).await
}

/// A watch would hold up the stop: it ends with the process, and its client resumes elsewhere or later.
fn end_stream(response: Response, stop: CancellationToken) -> Response {
    let is_stream = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-ndjson"));
    if !is_stream {
        return response;
    }
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(stop.cancelled_owned())))
}
