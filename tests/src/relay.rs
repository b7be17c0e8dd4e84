//! A relay in front of an API server that counts, delays, refuses and cuts requests. It ends TLS on the
//! cluster's side only, so that it can read what passes.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use futures::TryStreamExt;
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use k8s_openapi::ByteString;
use parking_lot::{Mutex, RwLock};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the relay does with writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Everything is passed on.
    Pass,
    /// Writes are held this long before they are passed on.
    Hold(Duration),
    /// Everything is answered with this status.
    Refuse(u16),
    /// Nothing is answered.
    Silent,
}

type Body = UnsyncBoxBody<Bytes, reqwest::Error>;

/// The API server behind the relay.
#[derive(Clone)]
struct Upstream {
    client: reqwest::Client,
    server: String,
    token: String,
}

impl Upstream {
    fn of(kubeconfig: &Value) -> Result<Self> {
        let text = |pointer: &str| {
            kubeconfig
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Ok(Self {
            client: upstream(kubeconfig)?,
            server: text("/clusters/0/cluster/server"),
            token: text("/users/0/user/token"),
        })
    }
}

struct Shared {
    upstream: RwLock<Upstream>,
    writes: AtomicUsize,
    seen: Mutex<Vec<Seen>>,
    fault: Mutex<Option<Fault>>,
    mood: watch::Sender<Mood>,
    /// How often another server has taken the place of the one before.
    servers: watch::Sender<usize>,
}

/// A request that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `GET`, `PATCH` and so on.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// It changes nothing on the server, by its own word.
    pub is_dry: bool,
}

impl Seen {
    /// Whether it could have changed something.
    pub fn is_write(&self) -> bool {
        self.method != "GET" && !self.is_dry
    }
}

/// A write at which everything stops: from then on nothing is answered.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// How many writes pass before it.
    pub after: usize,
    /// Whether that write reaches the server.
    pub reaches: Reach,
}

/// How far a write comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To the relay.
    Relay,
    /// To the server; its answer is lost.
    Server,
}

/// The relay. Dropping it ends it.
pub struct Relay {
    /// The cluster's kubeconfig, by way of the relay.
    pub kubeconfig: Value,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Relay {
    /// Starts one on a port of its own.
    pub async fn start(kubeconfig: &Value) -> Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let shared = Arc::new(Shared {
            upstream: RwLock::new(Upstream::of(kubeconfig)?),
            writes: AtomicUsize::new(0),
            seen: Mutex::default(),
            fault: Mutex::default(),
            mood: watch::Sender::new(Mood::Pass),
            servers: watch::Sender::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut kubeconfig = kubeconfig.clone();
        for (pointer, value) in [
            ("/clusters/0/cluster", json!({"server": url})),
            ("/users/0/user", json!({})),
        ] {
            *kubeconfig.pointer_mut(pointer).context("no kubeconfig")? = value;
        }
        let task = tokio::spawn(serve(listener, shared.clone()));
        Ok(Self {
            kubeconfig,
            shared,
            task,
        })
    }

    /// Requests so far that are no mere reads, dry runs among them.
    pub fn writes(&self) -> usize {
        self.shared.writes.load(Ordering::SeqCst)
    }

    /// Requests since the last call, in the order in which they came.
    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.shared.seen.lock())
    }

    /// What happens to everything from now on.
    pub fn set(&self, mood: Mood) {
        self.shared.mood.send_replace(mood);
    }

    /// Sets a fault; the writes before it are counted from now on.
    pub fn fail(&self, fault: Fault) {
        *self.shared.fault.lock() = Some(fault);
    }

    /// Waits until the fault has come; false if `done` comes first.
    pub async fn failed(&self, done: impl Future<Output = ()>) -> bool {
        let mut mood = self.shared.mood.subscribe();
        tokio::select! {
            _ = mood.wait_for(|mood| *mood == Mood::Silent) => true,
            () = done => false,
        }
    }

    /// From now on another server answers in the place of the one before; connections do not survive that.
    pub fn replace_server(&self, kubeconfig: &Value) -> Result<()> {
        *self.shared.upstream.write() = Upstream::of(kubeconfig)?;
        self.shared.servers.send_modify(|servers| *servers += 1);
        Ok(())
    }
}

fn upstream(kubeconfig: &Value) -> Result<reqwest::Client> {
    let decoded = |pointer: &str| -> Result<Option<Vec<u8>>> {
        let Some(text) = kubeconfig.pointer(pointer) else {
            return Ok(None);
        };
        let ByteString(bytes) = serde_json::from_value(text.clone())?;
        Ok(Some(bytes))
    };
    let mut builder = reqwest::Client::builder().tcp_nodelay(true).http1_only();
    if let Some(pem) = decoded("/clusters/0/cluster/certificate-authority-data")? {
        builder = builder.tls_certs_only(reqwest::Certificate::from_pem_bundle(&pem)?);
    }
    let certificate = decoded("/users/0/user/client-certificate-data")?;
    if let Some((mut pem, key)) = certificate.zip(decoded("/users/0/user/client-key-data")?) {
        pem.extend(key);
        builder = builder.identity(reqwest::Identity::from_pem(&pem)?);
    }
    Ok(builder.build()?)
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let shared = shared.clone();
                async move { Ok::<_, Infallible>(shared.pass(request).await) }
            });
            let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl Shared {
    async fn pass(&self, request: Request<Incoming>) -> Response<Body> {
        let is_write = request.method() != Method::GET;
        if is_write {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
        let fate = self.note(&request);
        let mut mood = self.mood.subscribe();
        match fate {
            Some(Reach::Relay) => drop(self.mood.send_replace(Mood::Silent)),
            Some(Reach::Server) => {
                let _ = self.held(request, Duration::ZERO).await;
                self.mood.send_replace(Mood::Silent);
                let _ = mood.wait_for(|mood| *mood != Mood::Silent).await;
                return answer(502, Full::from("it was silent"));
            }
            None => {}
        }
        let now = *mood.borrow();
        match now {
            Mood::Refuse(status) => return answer(status, Full::from("refused by the relay")),
            Mood::Silent => {
                let _ = mood.wait_for(|mood| *mood != Mood::Silent).await;
                return answer(502, Full::from("it was silent"));
            }
            Mood::Hold(time) if is_write => return self.held(request, time).await,
            Mood::Pass | Mood::Hold(_) => {}
        }
        let (parts, body) = request.into_parts();
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        self.forward(&parts, body, mood).await
    }

    /// Remembers a request; how far it comes if it is the one at which everything stops.
    fn note(&self, request: &Request<Incoming>) -> Option<Reach> {
        let seen = Seen {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            is_dry: request
                .uri()
                .query()
                .is_some_and(|query| query.contains("dryRun=All")),
        };
        let is_write = seen.is_write();
        self.seen.lock().push(seen);
        let mut fault = self.fault.lock();
        let Fault { after, reaches } = fault.as_mut().filter(|_| is_write)?;
        if *after > 0 {
            *after -= 1;
            return None;
        }
        let reaches = *reaches;
        *fault = None;
        Some(reaches)
    }

    /// Passes a write on later, also when nobody waits for the answer any more.
    async fn held(&self, request: Request<Incoming>, time: Duration) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        let upstream = self.upstream.read().clone();
        let late = tokio::spawn(async move {
            tokio::time::sleep(time).await;
            send(&upstream, &parts, body).await
        });
        match late.await {
            Ok(Ok(response)) => stream(response),
            _ => answer(502, Full::from("the cluster cannot be reached")),
        }
    }

    async fn forward(
        &self,
        parts: &http::request::Parts,
        body: Bytes,
        mut mood: watch::Receiver<Mood>,
    ) -> Response<Body> {
        let mut servers = self.servers.subscribe();
        let upstream = self.upstream.read().clone();
        match send(&upstream, parts, body).await {
            Ok(response) => {
                let (parts, body) = stream(response).into_parts();
                // A watch ends when the cluster is cut off, or is another one.
                let cut = async move {
                    let is_cut_off = mood.wait_for(|mood| matches!(mood, Mood::Silent | Mood::Refuse(_)));
                    tokio::select! {
                        _ = is_cut_off => {}
                        _ = servers.changed() => {}
                    }
                };
                let body = futures::StreamExt::take_until(body.into_data_stream(), Box::pin(cut));
                let body = StreamBody::new(body.map_ok(Frame::data));
                Response::from_parts(parts, BodyExt::boxed_unsync(body))
            }
            Err(_) => answer(502, Full::from("the cluster cannot be reached")),
        }
    }
}

async fn send(
    upstream: &Upstream,
    parts: &http::request::Parts,
    body: Bytes,
) -> reqwest::Result<reqwest::Response> {
    let Upstream {
        client,
        server,
        token,
    } = upstream;
    let url = format!("{server}{}", parts.uri);
    let mut request = client.request(parts.method.clone(), url).body(body);
    for (name, value) in &parts.headers {
        let is_own = matches!(
            name.as_str(),
            "host" | "content-length" | "authorization" | "accept-encoding"
        );
        if !is_own {
            request = request.header(name, value);
        }
    }
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    request.send().await
}

fn stream(from: reqwest::Response) -> Response<Body> {
    let (status, kind) = (from.status(), from.headers().get("content-type").cloned());
    let body = StreamBody::new(from.bytes_stream().map_ok(Frame::data));
    let mut response = Response::new(BodyExt::boxed_unsync(body));
    *response.status_mut() = status;
    if let Some(kind) = kind {
        response.headers_mut().insert("content-type", kind);
    }
    response
}

fn answer(status: u16, body: Full<Bytes>) -> Response<Body> {
    let mut response = Response::new(body.map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response
}
