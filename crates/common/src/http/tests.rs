//! Stories over real sockets: well-behaved clients, slow ones, greedy ones and wrong ones.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Extension;
use axum::routing::{get, post};
use futures::{StreamExt, stream};
use http::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::telemetry::{BuildInfo, Metrics};

mod tls;

const SECOND: Duration = Duration::from_secs(1);

/// Limits that a test can wait for.
fn short_limits() -> Limits {
    Limits {
        body_bytes: 1000,
        head_time: Duration::from_millis(300),
        body_time: Duration::from_millis(300),
        idle_time: Duration::from_millis(600),
        write_time: Duration::from_millis(300),
        ..Limits::default()
    }
}

struct Running {
    url: String,
    stop: CancellationToken,
    task: JoinHandle<Stopped>,
}

impl Running {
    async fn start(server: Server) -> Self {
        let bound = server.bind("127.0.0.1:0").await.unwrap();
        let (url, stop) = (bound.url(), CancellationToken::new());
        let task = tokio::spawn(bound.serve(stop.clone()));
        Self { url, stop, task }
    }

    async fn connect(&self) -> TcpStream {
        let address = self.url.split_once("://").unwrap().1;
        TcpStream::connect(address).await.unwrap()
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        client().get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    async fn stop(self) -> Stopped {
        self.stop.cancel();
        timeout(SECOND * 20, self.task).await.unwrap().unwrap()
    }
}

fn client() -> reqwest::Client {
    // The tests of this process share it; the second one to come finds it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

fn router() -> Router {
    Router::new()
        .route("/hello", get(async || "hello"))
        .route("/length", post(async |body: Bytes| body.len().to_string()))
        .route(
            "/slow",
            get(async || {
                sleep(SECOND).await;
                "done"
            }),
        )
        .route("/hang", get(async || std::future::pending::<()>().await))
        .route("/panic", get(async || -> &'static str { panic!("on purpose") }))
        .route(
            "/fail",
            get(async || Problem::internal(std::io::Error::other("canary"))),
        )
        .route(
            "/endless",
            get(async || {
                Body::from_stream(stream::repeat(Ok::<_, std::convert::Infallible>(
                    Bytes::from_static(&[b'x'; 4096]),
                )))
            }),
        )
        .route(
            "/peer",
            get(async |Extension(peer): Extension<Peer>| {
                peer.identity
                    .as_ref()
                    .and_then(|identity| identity.common_name.clone())
                    .unwrap_or_else(|| "nobody".into())
            }),
        )
}

/// What the server sends until it closes the connection, and how long that takes.
async fn read_to_end(socket: &mut TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    let mut text = Vec::new();
    let _ = timeout(SECOND * 10, socket.read_to_end(&mut text))
        .await
        .expect("the server does not close");
    (String::from_utf8_lossy(&text).into_owned(), begun.elapsed())
}

async fn assert_problem(response: reqwest::Response, status: u16) -> serde_json::Value {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], PROBLEM_CONTENT_TYPE);
    assert!(response.headers().contains_key("x-request-id"));
    let problem: serde_json::Value = response.json().await.unwrap();
    assert_eq!(problem["status"], status);
    problem
}

#[tokio::test]
async fn an_orchestrator_learns_of_life_readiness_and_figures() {
    let (health, metrics) = (
        Health::default(),
        Metrics::new(
            BuildInfo {
                program: "t",
                version: "1",
            },
            jiff::Timestamp::UNIX_EPOCH,
        ),
    );
    health.add("store", || Err("is being opened".to_owned()));
    let figures = metrics.register(HttpMetrics::register);
    let router = operations(health, metrics);
    let server = Running::start(Server::new(router).metrics(figures)).await;
    assert_eq!(server.get("/livez").await.status(), 200);
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status(), 503);
    assert!(ready.text().await.unwrap().contains("[-] store: is being opened"));
    let text = server.get("/metrics").await.text().await.unwrap();
    assert!(text.contains("http_requests_total{class=\"failed\"} 1"), "{text}");
    assert!(
        text.contains("http_requests_total{class=\"success\"} 1"),
        "{text}"
    );
    assert_eq!(server.stop().await, Stopped { dropped: 0 });
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_a_problem_document_whether_announced_or_not() {
    let server = Running::start(Server::new(router()).limits(short_limits())).await;
    let url = format!("{}/length", server.url);
    for (length, status) in [(0, 200), (999, 200), (1000, 200), (1001, 413), (5_000_000, 413)] {
        let response = client().post(&url).body(vec![b'x'; length]).send().await.unwrap();
        assert_eq!(response.status(), status, "announced, {length}");
        let chunks = stream::iter(vec![b'x'; length])
            .chunks(5000)
            .map(Ok::<_, std::io::Error>);
        let body = reqwest::Body::wrap_stream(chunks);
        let response = client().post(&url).body(body).send().await.unwrap();
        if status == 413 {
            let problem = assert_problem(response, 413).await;
            assert_eq!(
                problem["detail"],
                "the body of a request may have at most 1000 bytes"
            );
        } else {
            assert_eq!(response.text().await.unwrap(), length.to_string(), "chunked");
        }
    }
}

#[tokio::test]
async fn a_body_that_trickles_in_is_cut_with_408_and_others_do_not_notice() {
    let server = Running::start(Server::new(router()).limits(short_limits())).await;
    let mut slow = server.connect().await;
    slow.write_all(b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc")
        .await
        .unwrap();
    assert_eq!(server.get("/hello").await.text().await.unwrap(), "hello");
    let (answer, took) = read_to_end(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.contains(PROBLEM_CONTENT_TYPE) && answer.contains("did not arrive within 0.3 s"),
        "{answer}"
    );
    assert!(took < SECOND * 3, "{took:?}");
}

#[tokio::test]
async fn a_head_that_trickles_in_is_cut_with_408() {
    let server = Running::start(Server::new(router()).limits(short_limits())).await;
    let (mut reader, mut writer) = server.connect().await.into_split();
    let trickle = tokio::spawn(async move {
        for byte in b"GET /hello HTTP/1.1\r\nx-filler: abcdefghijklmnopqrstuvwxyz"
            .iter()
            .cycle()
        {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
    });
    let mut answer = Vec::new();
    let _ = timeout(SECOND * 10, reader.read_to_end(&mut answer))
        .await
        .unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    trickle.abort();
}

#[tokio::test]
async fn connections_without_a_request_are_closed_without_a_word() {
    let server = Running::start(Server::new(router()).limits(short_limits())).await;
    let mut silent = server.connect().await;
    assert_eq!(read_to_end(&mut silent).await.0, "");
    let mut used = server.connect().await;
    used.write_all(b"GET /hello HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let (answer, _) = read_to_end(&mut used).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("hello"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_request_may_take_longer_than_the_limits_of_idle_clients() {
    let server = Running::start(Server::new(router()).limits(short_limits())).await;
    assert_eq!(server.get("/slow").await.text().await.unwrap(), "done");
}

#[tokio::test]
async fn a_client_that_stops_reading_is_cut() {
    let metrics = Metrics::new(
        BuildInfo {
            program: "t",
            version: "1",
        },
        jiff::Timestamp::UNIX_EPOCH,
    );
    let figures = metrics.register(HttpMetrics::register);
    let server = Running::start(Server::new(router()).limits(short_limits()).metrics(figures)).await;
    let mut lazy = server.connect().await;
    lazy.write_all(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    lazy.readable().await.unwrap();
    let deadline = Instant::now() + SECOND * 10;
    while !metrics.encode().contains("http_connections 0") {
        assert!(Instant::now() < deadline, "the connection stays open");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_goes_wrong_inside_is_logged_and_not_sent_and_a_panic_is_only_one_answer() {
    let server = Running::start(Server::new(router())).await;
    for path in ["/fail", "/panic"] {
        let problem = assert_problem(server.get(path).await, 500).await;
        assert!(!problem.to_string().contains("canary") && !problem.to_string().contains("purpose"));
    }
    assert_eq!(server.get("/hello").await.status(), 200);
    let request = client()
        .get(format!("{}/hello", server.url))
        .header("x-request-id", "mine");
    assert_eq!(request.send().await.unwrap().headers()["x-request-id"], "mine");
}

#[tokio::test]
async fn garbage_is_answered_with_400_and_a_head_without_end_with_431() {
    let server = Running::start(Server::new(router())).await;
    let mut garbage = server.connect().await;
    garbage
        .write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\r\n\r\n")
        .await
        .unwrap();
    assert!(read_to_end(&mut garbage).await.0.starts_with("HTTP/1.1 400 "));
    let mut greedy = server.connect().await;
    greedy
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx: ")
        .await
        .unwrap();
    let _ = greedy.write_all(&vec![b'x'; 100_000]).await;
    assert!(read_to_end(&mut greedy).await.0.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn a_stop_lets_requests_end_within_the_grace_time_and_accepts_no_other() {
    let server = Running::start(Server::new(router()).grace(SECOND * 5)).await;
    let (url, idle) = (server.url.clone(), server.connect().await);
    let slow = tokio::spawn(client().get(format!("{url}/slow")).send());
    sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    assert_eq!(server.stop().await, Stopped { dropped: 0 });
    assert!(
        begun.elapsed() < SECOND * 3,
        "idle connections do not hold up the stop"
    );
    assert_eq!(slow.await.unwrap().unwrap().text().await.unwrap(), "done");
    assert!(client().get(format!("{url}/hello")).send().await.is_err());
    drop(idle);
}

#[tokio::test]
async fn what_does_not_end_within_the_grace_time_is_dropped() {
    let server = Running::start(Server::new(router()).grace(Duration::from_millis(100))).await;
    let mut hanging = server.connect().await;
    hanging
        .write_all(b"GET /hang HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    // The server has begun once it has answered a later client.
    assert_eq!(server.get("/slow").await.status(), 200);
    assert_eq!(server.stop().await, Stopped { dropped: 1 });
    assert_eq!(read_to_end(&mut hanging).await.0, "");
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_a_place() {
    let limits = Limits {
        connections: 1,
        ..short_limits()
    };
    let server = Running::start(Server::new(router()).limits(limits)).await;
    let first = server.connect().await;
    let begun = Instant::now();
    assert_eq!(server.get("/hello").await.status(), 200);
    assert!(
        begun.elapsed() > Duration::from_millis(300),
        "it had to wait until the silent one was closed"
    );
    drop(first);
}

#[tokio::test]
async fn http2_without_tls_is_understood_and_goes_on_over_many_requests() {
    let server = Running::start(Server::new(router()).limits(short_limits())).await;
    let io = TokioIo::new(server.connect().await);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake::<_, _, Body>(TokioExecutor::new(), io)
            .await
            .unwrap();
    tokio::spawn(connection);
    for _ in 0..3 {
        let request = Request::get("http://x/hello").body(Body::empty()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(
            (response.status(), response.version()),
            (StatusCode::OK, http::Version::HTTP_2)
        );
        sleep(Duration::from_millis(400)).await;
    }
    let request = Request::post("http://x/length")
        .body(Body::from(vec![b'x'; 5000]))
        .unwrap();
    assert_eq!(
        sender.send_request(request).await.unwrap().status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error_that_names_it() {
    let first = Server::new(router()).bind("127.0.0.1:0").await.unwrap();
    let address = first.address().to_string();
    let error = Server::new(router()).bind(&address).await.err().unwrap();
    assert_eq!(error.to_string(), format!("cannot listen on {address}"));
}
