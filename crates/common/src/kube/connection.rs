//! One API server: TLS and credentials set up once, few pooled HTTP connections, a time limit on every call.
//!
//! Never follows a redirect: the answer to one is an error like any other status outside 2xx, so credentials go
//! to the configured server only. Never retries: the caller's queue does.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Limited};
use kube::client::Body;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::call::{Answer, Call, build};
use super::discovery::Discovery;
use super::error::{Error, Failure, Subject};
use super::kubeconfig;
use super::refusal::read_refusal;
use crate::causes::chain;

/// Calls in flight to one server, which is also how many HTTP/1.1 connections (and TLS handshakes) a burst opens.
const CALLS: usize = 16;
/// More than this is no answer of an API server: etcd holds 1.5 MiB an object, lists are read in pages.
const ANSWER_LIMIT: usize = 64 << 20;
/// A refusal is short.
const REFUSAL_LIMIT: usize = 1 << 20;

/// Time limits of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until a whole answer is there, waiting for a free connection included.
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            call: Duration::from_secs(10),
        }
    }
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// `1`.
    pub major: String,
    /// `37`, may carry a plus sign.
    pub minor: String,
    /// `v1.37.2`.
    pub git_version: String,
}

/// A connection to one API server. Cheap to clone; clones share everything but their time limits.
#[derive(Clone)]
pub struct Connection {
    inner: Arc<Inner>,
    timeouts: Timeouts,
}

struct Inner {
    client: kube::Client,
    server: Arc<str>,
    discovery: Discovery,
    calls: Semaphore,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("server", &self.inner.server)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Sets up a connection; nothing is sent yet. Refuses kubeconfigs with programs, paths or a proxy.
    pub async fn new(kubeconfig: &Value, timeouts: Timeouts) -> Result<Self, Error> {
        let refuse = |failure| Error {
            server: Arc::from(""),
            subject: Subject::Server,
            failure,
        };
        let mut config = kubeconfig::read(kubeconfig).await.map_err(refuse)?;
        config.connect_timeout = Some(timeouts.connect);
        config.default_retry = false;
        let server: Arc<str> = config.cluster_url.to_string().trim_end_matches('/').into();
        let client = kube::Client::try_from(config).map_err(|error| Error {
            server: Arc::clone(&server),
            subject: Subject::Server,
            failure: Failure::Kubeconfig {
                path: "$".to_owned(),
                why: chain(&error),
            },
        })?;
        let inner = Inner {
            client,
            server,
            discovery: Discovery::default(),
            calls: Semaphore::new(CALLS),
        };
        Ok(Self {
            inner: Arc::new(inner),
            timeouts,
        })
    }

    /// As [`Connection::new`], from the text of a kubeconfig in JSON or YAML.
    pub async fn from_slice(kubeconfig: &[u8], timeouts: Timeouts) -> Result<Self, Error> {
        let parsed = std::str::from_utf8(kubeconfig)
            .ok()
            .and_then(|text| serde_saphyr::from_str::<Value>(text).ok());
        let Some(kubeconfig) = parsed else {
            return Err(Error {
                server: Arc::from(""),
                subject: Subject::Server,
                failure: Failure::Kubeconfig {
                    path: "$".to_owned(),
                    why: "it is neither JSON nor YAML".to_owned(),
                },
            });
        };
        Self::new(&kubeconfig, timeouts).await
    }

    /// The same connection with another limit on whole calls.
    #[must_use]
    pub fn with_call_timeout(&self, call: Duration) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            timeouts: Timeouts {
                call,
                ..self.timeouts
            },
        }
    }

    /// URL of the server.
    pub fn server(&self) -> &str {
        &self.inner.server
    }

    /// Namespace of the context, else `default`.
    pub fn default_namespace(&self) -> &str {
        self.inner.client.default_namespace()
    }

    /// Asks the server for its version; the cheapest proof that it is there.
    pub async fn ping(&self) -> Result<Version, Error> {
        let answer = self
            .call(Call::get(Subject::Server, "/version".to_owned()))
            .await?;
        self.read(&Subject::Server, &answer)
    }

    /// How many others hold this connection; the pool's own copy counts as one.
    pub(super) fn holders(&self) -> usize {
        Arc::strong_count(&self.inner)
    }

    pub(super) fn discovery(&self) -> &Discovery {
        &self.inner.discovery
    }

    pub(super) fn error(&self, subject: impl Into<Subject>, failure: Failure) -> Error {
        Error {
            server: Arc::clone(&self.inner.server),
            subject: subject.into(),
            failure,
        }
    }

    /// Sends a request and collects the answer, of whatever status.
    pub(super) async fn call(&self, call: Call) -> Result<Answer, Error> {
        let subject = call.subject.clone();
        let request = build(call).map_err(|failure| self.error(subject.clone(), failure))?;
        let after = self.timeouts.call;
        let sent = tokio::time::timeout(after, self.send(request)).await;
        sent.unwrap_or(Err(Failure::Timeout { after }))
            .map_err(|failure| self.error(subject, failure))
    }

    /// Sends a request and gives the body of a good answer as it comes. Only the head is waited for with a limit;
    /// the body does not count as a call in flight.
    pub(super) async fn open(&self, call: Call) -> Result<Body, Error> {
        let subject = call.subject.clone();
        let request = build(call).map_err(|failure| self.error(subject.clone(), failure))?;
        let after = self.timeouts.call;
        let sent = tokio::time::timeout(after, self.inner.client.send(request)).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.error(subject, unreachable_because(&error))),
            Err(_) => return Err(self.error(subject, Failure::Timeout { after })),
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response.into_body());
        }
        let refusal = Limited::new(response.into_body(), REFUSAL_LIMIT).collect();
        let refusal = tokio::time::timeout(after, refusal).await;
        let body = refusal
            .ok()
            .and_then(Result::ok)
            .map(http_body_util::Collected::to_bytes);
        let failure = read_refusal(status.as_u16(), &body.unwrap_or_default(), None);
        Err(self.error(subject, failure))
    }

    async fn send(&self, request: Request<Body>) -> Result<Answer, Failure> {
        let _permit = self
            .inner
            .calls
            .acquire()
            .await
            .map_err(|error| unreachable_because(&error))?;
        let response = self
            .inner
            .client
            .send(request)
            .await
            .map_err(|error| unreachable_because(&error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_LIMIT).collect().await;
        let body = body
            .map_err(|error| unreachable_because(error.as_ref()))?
            .to_bytes();
        Ok(Answer { status, body })
    }

    /// Parses a good answer, turns any other into an error.
    pub(super) fn read<T: DeserializeOwned>(&self, subject: &Subject, answer: &Answer) -> Result<T, Error> {
        self.accept(subject, answer)?;
        serde_json::from_slice(&answer.body).map_err(|error| {
            let why = error.to_string();
            self.error(subject.clone(), Failure::Unreadable { why })
        })
    }

    /// Turns an answer outside 2xx into an error.
    pub(super) fn accept(&self, subject: &Subject, answer: &Answer) -> Result<(), Error> {
        if answer.status.is_success() {
            return Ok(());
        }
        let name = match subject {
            Subject::Object(id) => Some(id.name.as_str()),
            Subject::Server | Subject::Kind(_) => None,
        };
        let failure = read_refusal(answer.status.as_u16(), &answer.body, name);
        if let (Subject::Object(id), Failure::Refused { status: 404, .. }) = (subject, &failure) {
            self.inner.discovery.forget(&id.api_version);
        }
        Err(self.error(subject.clone(), failure))
    }
}

fn unreachable_because(error: &dyn std::error::Error) -> Failure {
    Failure::Unreachable { cause: chain(error) }
}
