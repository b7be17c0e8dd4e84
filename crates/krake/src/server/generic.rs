//! The routes that belong to no kind.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use super::call::{Call, Json};

/// Version of the original whose API this is; its clients may look.
const API_VERSION: &str = "1.0.1";

/// `GET /`
pub(super) async fn root(call: Call) -> Response {
    let _ = call;
    let version =
        json!({ "version": API_VERSION, "server": concat!("alasca-krake ", env!("CARGO_PKG_VERSION")) });
    Json(version.to_string().into_bytes()).into_response()
}

/// `GET /me`
pub(super) async fn me(call: Call) -> Response {
    let answer = call.rules().await.map(|rules| {
        let me = json!({ "user": call.identity.0, "roles": rules.roles(&call.identity.0) });
        Json(me.to_string().into_bytes())
    });
    call.answer(answer)
}

/// `GET /release`
pub(super) async fn release(call: Call) -> Response {
    let _ = call;
    let mut response = Json(br#""You released the Krake.""#.to_vec()).into_response();
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

/// `GET /scheduler`
pub(super) async fn scheduler(call: Call) -> Response {
    let settings = json!(call.app.options().scheduling);
    Json(settings.to_string().into_bytes()).into_response()
}

/// `GET /openapi.json`
pub(super) async fn openapi(call: Call) -> Response {
    let _ = call;
    Json(super::openapi().to_string().into_bytes()).into_response()
}
