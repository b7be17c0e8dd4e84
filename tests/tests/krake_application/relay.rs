//! A relay in front of an API server that counts, delays, refuses and cuts requests. It ends TLS on the
//! cluster's side only, so that it can read what passes.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the relay does with writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
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
    fn of(kubeconfig: &Value) -> Self {
        let text = |pointer: &str| {
            kubeconfig
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            client: upstream(kubeconfig),
            server: text("/clusters/0/cluster/server"),
            token: text("/users/0/user/token"),
        }
    }
}

struct Shared {
    upstream: Mutex<Upstream>,
    writes: AtomicUsize,
    mood: watch::Sender<Mood>,
}

pub(crate) struct Relay {
    pub(crate) kubeconfig: Value,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Relay {
    pub(crate) async fn start(kubeconfig: &Value) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let shared = Arc::new(Shared {
            upstream: Mutex::new(Upstream::of(kubeconfig)),
            writes: AtomicUsize::new(0),
            mood: watch::Sender::new(Mood::Pass),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut kubeconfig = kubeconfig.clone();
        kubeconfig["clusters"][0]["cluster"] = json!({"server": url});
        kubeconfig["users"][0]["user"] = json!({});
        let task = tokio::spawn(serve(listener, shared.clone()));
        Self {
            kubeconfig,
            shared,
            task,
        }
    }

    /// Requests so far that could have changed something.
    pub(crate) fn writes(&self) -> usize {
        self.shared.writes.load(Ordering::SeqCst)
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.shared.mood.send_replace(mood);
    }

    /// From now on another server answers in the place of the one before; connections do not survive that.
    pub(crate) fn replace_server(&self, kubeconfig: &Value) {
        self.set(Mood::Refuse(503));
        *self.shared.upstream.lock().unwrap() = Upstream::of(kubeconfig);
        self.set(Mood::Pass);
    }
}

fn upstream(kubeconfig: &Value) -> reqwest::Client {
    let decoded = |pointer: &str| {
        let text = kubeconfig.pointer(pointer)?.as_str()?;
        Some(base64(text))
    };
    let mut builder = reqwest::Client::builder().tcp_nodelay(true).http1_only();
    if let Some(pem) = decoded("/clusters/0/cluster/certificate-authority-data") {
        let authorities = reqwest::Certificate::from_pem_bundle(&pem).unwrap();
        builder = builder.tls_certs_only(authorities);
    }
    let identity =
        decoded("/users/0/user/client-certificate-data").zip(decoded("/users/0/user/client-key-data"));
    if let Some((mut certificate, key)) = identity {
        certificate.extend(key);
        builder = builder.identity(reqwest::Identity::from_pem(&certificate).unwrap());
    }
    builder.build().unwrap()
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sextets = text
        .bytes()
        .filter_map(|byte| ALPHABET.iter().position(|letter| *letter == byte));
    let sextets: Vec<u32> = sextets.map(|sextet| u32::try_from(sextet).unwrap()).collect();
    sextets
        .chunks(4)
        .flat_map(|chunk| {
            let bits = chunk.iter().fold(0, |bits, sextet| bits << 6 | sextet) << (6 * (4 - chunk.len()));
            bits.to_be_bytes()[1..chunk.len()].to_vec()
        })
        .collect()
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
        let mut mood = self.mood.subscribe();
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

    /// Passes a write on later, also when nobody waits for the answer any more.
    async fn held(&self, request: Request<Incoming>, time: Duration) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        let upstream = self.upstream.lock().unwrap().clone();
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
        let upstream = self.upstream.lock().unwrap().clone();
        match send(&upstream, parts, body).await {
            Ok(response) => {
                let (parts, body) = stream(response).into_parts();
                // A watch ends when the cluster is cut off.
                let cut = async move {
                    let _ = mood
                        .wait_for(|mood| matches!(mood, Mood::Silent | Mood::Refuse(_)))
                        .await;
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

fn stream(response: reqwest::Response) -> Response<Body> {
    let mut answer = Response::builder().status(response.status());
    if let Some(kind) = response.headers().get("content-type") {
        answer = answer.header("content-type", kind);
    }
    let body = StreamBody::new(response.bytes_stream().map_ok(Frame::data));
    answer.body(BodyExt::boxed_unsync(body)).unwrap()
}

fn answer(status: u16, body: Full<Bytes>) -> Response<Body> {
    let body = body.map_err(|never| match never {});
    let status = StatusCode::from_u16(status).unwrap();
    Response::builder()
        .status(status)
        .body(body.boxed_unsync())
        .unwrap()
}
