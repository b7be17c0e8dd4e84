//! One HTTP/1.1 connection at a time to Krake or to a Kubernetes API server, with the same code for both.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Where requests go, and as whom. Cheap to clone.
#[derive(Clone)]
pub(super) struct Endpoint {
    authority: String,
    host: String,
    tls: Option<Arc<ClientConfig>>,
    authorization: Option<HeaderValue>,
}

impl Endpoint {
    /// Plain HTTP to `host:port`.
    pub(super) fn plain(authority: &str) -> Self {
        Self {
            authority: authority.to_owned(),
            host: authority.to_owned(),
            tls: None,
            authorization: None,
        }
    }

    /// The API server of a kubeconfig, by its certificate authority and token.
    pub(super) fn kubernetes(config: &kube::Config) -> Result<Self> {
        let uri = &config.cluster_url;
        let host = uri.host().context("the kubeconfig names no host")?.to_owned();
        let port = uri.port_u16().unwrap_or(443);
        let mut roots = RootCertStore::empty();
        for certificate in config.root_cert.iter().flatten() {
            roots.add(CertificateDer::from(certificate.clone()))?;
        }
        let tls = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let token = config
            .auth_info
            .token
            .as_ref()
            .context("the kubeconfig has no token")?;
        let authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))?;
        Ok(Self {
            authority: format!("{host}:{port}"),
            host,
            tls: Some(Arc::new(tls)),
            authorization: Some(authorization),
        })
    }

    /// Opens a connection; it is driven by a task of its own and closes when dropped.
    pub(super) async fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect(&self.authority).await?;
        stream.set_nodelay(true)?;
        let sender = match &self.tls {
            None => drive(stream).await?,
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone())?;
                let connector = TlsConnector::from(Arc::clone(tls));
                drive(connector.connect(name, stream).await?).await?
            }
        };
        Ok(Connection {
            sender,
            endpoint: self.clone(),
        })
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::builder()
            .method(method)
            .uri(Uri::try_from(path)?)
            .header(HOST, &self.authority)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        Ok(request.body(Full::new(body))?)
    }
}

async fn drive<S>(stream: S) -> Result<SendRequest<Full<Bytes>>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // A broken connection shows in the request that it carried.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

/// A kept connection.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    endpoint: Endpoint,
}

impl Connection {
    /// Sends a request and hands over the answer whose body is still to be read.
    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response<Incoming>> {
        let request = self.endpoint.request(method, path, body)?;
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }

    /// Sends a request and reads the answer, which must be a success.
    pub(super) async fn call(&mut self, method: Method, path: &str, body: Bytes) -> Result<Bytes> {
        let (status, answer) = self.try_call(method.clone(), path, body).await?;
        if !status.is_success() {
            let text = String::from_utf8_lossy(&answer);
            let shown: String = text.chars().take(400).collect();
            bail!("{method} {path} was answered with {status}: {shown}");
        }
        Ok(answer)
    }

    /// Sends a request and reads the answer, whatever it is.
    pub(super) async fn try_call(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes)> {
        let answer = self.send(method, path, body).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}
