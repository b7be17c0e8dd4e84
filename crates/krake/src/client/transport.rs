//! How requests travel: over HTTP, or to a router in this process.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use http::{Method, Request, StatusCode, header};
use tower::ServiceExt;

use super::Error;
use crate::api::Identity;

/// Time within which a connection must be established.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// PEM material for TLS to the server.
#[derive(Debug, Clone, Default)]
pub struct TlsMaterial {
    /// Certificate authorities of the server.
    pub authorities: Option<Vec<u8>>,
    /// Client certificate chain followed by its key.
    pub identity: Option<Vec<u8>>,
}

/// A client that cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The PEM material is not usable.
    #[error("the TLS material cannot be used")]
    Tls(#[source] reqwest::Error),
    /// The endpoint is not an http or https URL.
    #[error("'{0}' is not an http or https URL")]
    Endpoint(String),
}

#[derive(Clone)]
pub(super) enum Transport {
    Http { client: reqwest::Client, base: String },
    Local { router: Router, identity: Identity },
}

/// Status and body of an answer, whatever the transport.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: BoxStream<'static, Result<Bytes, BoxError>>,
}

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Transport {
    pub(super) fn http(endpoint: &str, tls: &TlsMaterial) -> Result<Self, ConnectError> {
        let base = endpoint.trim_end_matches('/').to_owned();
        let is_url = ["http://", "https://"]
            .iter()
            .any(|scheme| base.starts_with(scheme));
        if !is_url {
            return Err(ConnectError::Endpoint(endpoint.to_owned()));
        }
        // Fails when the process has chosen one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true);
        if let Some(pem) = &tls.authorities {
            let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(ConnectError::Tls)?;
            builder = builder.tls_certs_only(certificates);
        }
        if let Some(pem) = &tls.identity {
            builder = builder.identity(reqwest::Identity::from_pem(pem).map_err(ConnectError::Tls)?);
        }
        Ok(Self::Http {
            client: builder.build().map_err(ConnectError::Tls)?,
            base,
        })
    }

    pub(super) async fn send(
        &self,
        method: &Method,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Answer, Error> {
        let answer = match self {
            Self::Http { client, base } => send_http(client, base, method, path, body).await,
            Self::Local { router, identity } => send_local(router, identity, method, path, body).await,
        };
        answer.map_err(|source| Error::Unanswered {
            method: method.to_string(),
            path: path.to_owned(),
            source,
        })
    }
}

async fn send_http(
    client: &reqwest::Client,
    base: &str,
    method: &Method,
    path: &str,
    body: Option<Bytes>,
) -> Result<Answer, BoxError> {
    let mut request = client.request(method.clone(), format!("{base}{path}"));
    if let Some(body) = body {
        request = request
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
    }
    let response = request.send().await?;
    Ok(Answer {
        status: response.status(),
        body: response
            .bytes_stream()
            .map(|chunk| chunk.map_err(Into::into))
            .boxed(),
    })
}

async fn send_local(
    router: &Router,
    identity: &Identity,
    method: &Method,
    path: &str,
    body: Option<Bytes>,
) -> Result<Answer, BoxError> {
    let request = Request::builder()
        .method(method.clone())
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .extension(identity.clone())
        .body(body.map_or_else(Body::empty, Body::from))?;
    let response = router.clone().oneshot(request).await?;
    let status = response.status();
    let body = response
        .into_body()
        .into_data_stream()
        .map(|chunk| chunk.map_err(Into::into))
        .boxed();
    Ok(Answer { status, body })
}
