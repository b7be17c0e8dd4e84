//! Repositories behind HTTP servers: passwords, tokens, private authorities, client certificates. Credentials go to
//! the host of the address and to no other.

use std::io;

use futures::TryStreamExt as _;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use secrecy::ExposeSecret as _;
use tokio::io::AsyncRead;
use tokio::sync::mpsc;
use tokio_util::io::StreamReader;
use zeroize::Zeroizing;

use super::credentials::{Credentials, Login};
use super::error::Error;
use super::mirror::Remote;
use super::wire::{self, Advertisement, Piece, WireError};
use crate::causes::chain;

const SERVICE: &str = "git-upload-pack";
/// Some servers answer browsers otherwise.
const AGENT: &str = concat!("git/2 (alasca-rs ", env!("CARGO_PKG_VERSION"), ")");
const MOST_REDIRECTS: usize = 5;

/// A server that has made its offer.
pub(super) struct Session<'a> {
    remote: &'a Remote,
    client: Client,
    /// Address of the repository, behind all redirections.
    base: String,
}

impl<'a> Session<'a> {
    /// Asks the server for its offer.
    pub(super) async fn open(remote: &'a Remote, url: &Url) -> Result<(Self, Advertisement), Error> {
        let client = client(remote, url)?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        let mut session = Self { remote, client, base };
        let place = format!("/info/refs?service={SERVICE}");
        let request = session.client.get(format!("{}{place}", session.base));
        let response = session.send(request, "advertisement").await?;
        if let Some(base) = response.url().as_str().strip_suffix(&place) {
            base.clone_into(&mut session.base);
        }
        let offer = wire::read_offer(&mut body(response)).await;
        let offer = offer.map_err(|error| session.failed(&error))?;
        Ok((session, offer))
    }

    /// Sends the request and hands on the pack.
    pub(super) async fn pack(&self, request: Vec<u8>, pieces: &mpsc::Sender<Piece>) -> Result<(), Error> {
        let post = self.client.post(format!("{}/{SERVICE}", self.base));
        let post = post
            .header(CONTENT_TYPE, format!("application/x-{SERVICE}-request"))
            .body(request);
        let response = self.send(post, "result").await?;
        let read = wire::read_pack(&mut body(response), pieces).await;
        read.map_err(|error| self.failed(&error))
    }

    async fn send(&self, request: RequestBuilder, kind: &str) -> Result<Response, Error> {
        let kind = format!("application/x-{SERVICE}-{kind}");
        let request = login(request, &self.remote.credentials).header(ACCEPT, &kind);
        let response = request.send().await.map_err(|error| self.unanswered(error))?;
        self.check(response, &kind)
    }

    /// What an answer other than the expected one means.
    fn check(&self, response: Response, kind: &str) -> Result<Response, Error> {
        let address = self.remote.address.to_string();
        let status = response.status();
        let why = status.to_string();
        match status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED => {
                let why = self.unauthorized().to_owned();
                return Err(Error::Denied { address, why });
            }
            StatusCode::FORBIDDEN => return Err(Error::Denied { address, why }),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Error::NoRepository { address, why }),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(Error::Unreachable { address, why });
            }
            _ => return Err(Error::Protocol { address, why }),
        }
        let answered = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        if answered == Some(kind) {
            return Ok(response);
        }
        let answered = answered.unwrap_or("something without a type");
        let why = format!("it sends {answered} instead of {kind}; is this the address of a repository?");
        Err(Error::Protocol { address, why })
    }

    fn unauthorized(&self) -> &'static str {
        match self.remote.credentials.login {
            None => "it wants credentials, and the source names none",
            Some(Login::Basic { .. }) => "username or password are wrong",
            Some(Login::Bearer(_)) => "the bearer token is not accepted",
        }
    }

    fn failed(&self, error: &WireError) -> Error {
        self.remote.failed(error)
    }

    /// No answer: the redirect was refused, a certificate was, or there is no way to the server.
    fn unanswered(&self, error: reqwest::Error) -> Error {
        let address = self.remote.address.to_string();
        if let Some(Elsewhere(to)) = cause(&error) {
            let to = to.clone();
            return Error::Redirect { address, to };
        }
        let error = error.without_url();
        let why = self.remote.credentials.mask(&chain(&error));
        match cause::<rustls::Error>(&error) {
            Some(rustls::Error::InvalidCertificate(_)) => Error::Untrusted { address, why },
            Some(rustls::Error::AlertReceived(alert)) if refuses_certificate(*alert) => {
                let why = match self.remote.credentials.certificate {
                    None => "it wants a client certificate, and the source names none",
                    Some(_) => "it does not accept the client certificate",
                };
                let why = why.to_owned();
                Error::Denied { address, why }
            }
            _ => Error::Unreachable { address, why },
        }
    }
}

fn refuses_certificate(alert: rustls::AlertDescription) -> bool {
    use rustls::AlertDescription as Alert;
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::HandshakeFailure
            | Alert::DecryptError
    )
}

/// The first cause of a kind; errors of streams keep theirs inside.
fn cause<T: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn client(remote: &Remote, url: &Url) -> Result<Client, Error> {
    // Fails when the process has chosen one already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let unusable = |what: &'static str| {
        let address = remote.address.to_string();
        move |error: reqwest::Error| Error::Unusable {
            address,
            what,
            why: chain(&error.without_url()),
        }
    };
    let mut builder = Client::builder()
        .user_agent(AGENT)
        .tcp_nodelay(true)
        .redirect(policy(url, remote.credentials.are_secret()));
    if let Some(pem) = &remote.credentials.authorities {
        let what = "the certificate authority (ca.crt)";
        let authorities = reqwest::Certificate::from_pem_bundle(pem).map_err(unusable(what))?;
        if authorities.is_empty() {
            let address = remote.address.to_string();
            let why = "it holds no certificate".to_owned();
            return Err(Error::Unusable { address, what, why });
        }
        builder = builder.tls_certs_only(authorities);
    }
    if let Some(certificate) = &remote.credentials.certificate {
        let mut pem = Zeroizing::new(certificate.chain.clone());
        pem.push(b'\n');
        pem.extend_from_slice(certificate.key.expose_secret());
        // What the library says of a key that it cannot read is not repeated.
        let identity = reqwest::Identity::from_pem(&pem).map_err(|_| Error::Unusable {
            address: remote.address.to_string(),
            what: "the client certificate (tls.crt, tls.key)",
            why: "it is not a certificate and its key in PEM".to_owned(),
        })?;
        builder = builder.identity(identity);
    }
    builder.build().map_err(unusable("the TLS material"))
}

/// A redirection that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("redirected to {0}")]
struct Elsewhere(String);

fn policy(url: &Url, has_secrets: bool) -> Policy {
    let origin = url.origin();
    let is_open = url.scheme() == "http";
    Policy::custom(move |attempt: Attempt<'_>| {
        let to = attempt.url();
        let is_same = to.origin() == origin;
        let is_weaker = to.scheme() == "http" && !is_open;
        if attempt.previous().len() > MOST_REDIRECTS || is_weaker || (has_secrets && !is_same) {
            let to = without_secrets(to);
            return attempt.error(Elsewhere(to));
        }
        attempt.follow()
    })
}

fn without_secrets(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn login(request: RequestBuilder, credentials: &Credentials) -> RequestBuilder {
    match &credentials.login {
        Some(Login::Basic { username, password }) => {
            request.basic_auth(username, Some(password.expose_secret()))
        }
        Some(Login::Bearer(token)) => request.bearer_auth(token.expose_secret()),
        None => request,
    }
}

fn body(response: Response) -> impl AsyncRead + Unpin {
    let stream = response
        .bytes_stream()
        .map_err(|error| io::Error::other(error.without_url()));
    StreamReader::new(Box::pin(stream))
}
