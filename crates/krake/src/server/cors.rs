//! Cross-origin requests, for dashboards in browsers.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::App;
use super::refusal::Refusal;

/// Answers preflight requests, without asking who asks, and marks all answers for the allowed origin.
pub(super) async fn cors(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return next.run(request).await;
    };
    let allowed = &app.options().cors_origin;
    let is_allowed = allowed == "*" || origin.as_bytes() == allowed.as_bytes();
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response = if is_preflight && is_allowed {
        preflight(request.headers())
    } else if is_preflight {
        let origin = String::from_utf8_lossy(origin.as_bytes()).into_owned();
        app.problem(&Refusal::Origin(origin)).into_response()
    } else {
        next.run(request).await
    };
    if is_allowed {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    let methods = HeaderValue::from_static("DELETE,GET,OPTIONS,POST,PUT");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}
