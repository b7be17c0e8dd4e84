//! Servers that are no API servers, or hang. Here a plain socket is the real counterpart: what matters is what
//! we do not send.

use std::time::{Duration, Instant};

use common::kube::{Connection, Failure, ObjectId, Propagation, Timeouts};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

fn kubeconfig(listener: &TcpListener) -> Value {
    let server = format!("http://{}", listener.local_addr().unwrap());
    json!({
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "canary"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    })
}

async fn connect(listener: &TcpListener) -> Connection {
    let timeouts = Timeouts {
        connect: Duration::from_millis(500),
        call: Duration::from_millis(500),
    };
    Connection::new(&kubeconfig(listener), timeouts).await.unwrap()
}

/// Answers every request with the same bytes and counts them.
fn answer_with(listener: TcpListener, answer: String) -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = read_head(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            let _ = sender.send(head);
        }
    });
    receiver
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut chunk = [0; 1024];
        let read = stream.read(&mut chunk).await.unwrap();
        assert_ne!(read, 0);
        head.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8(head).unwrap()
}

fn config_map() -> ObjectId {
    ObjectId {
        api_version: "v1".to_owned(),
        kind: "ConfigMap".to_owned(),
        namespace: None,
        name: "moss".to_owned(),
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let metadata = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tenant = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connection = connect(&tenant).await;
    let location = format!("http://{}/latest/meta-data", metadata.local_addr().unwrap());
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let tenant = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connection = connect(&tenant).await;
        let answer = format!("HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let mut requests = answer_with(tenant, answer);
        let error = connection.ping().await.unwrap_err();
        assert!(
            matches!(
                error.failure,
                Failure::Refused {
                    status: 301..=308,
                    ..
                }
            ),
            "{error}"
        );
        assert!(requests.recv().await.unwrap().contains("Bearer canary"));
        assert!(requests.try_recv().is_err(), "one request only");
    }
    drop(connection);
    let visit = tokio::time::timeout(Duration::from_millis(200), metadata.accept()).await;
    assert!(visit.is_err(), "somebody followed");
}

#[tokio::test]
async fn a_server_that_hangs_costs_no_more_than_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connection = connect(&listener).await;
    let started = Instant::now();
    let calls = (0..64).map(|_| connection.ping());
    for result in futures::future::join_all(calls).await {
        assert!(matches!(
            result.unwrap_err().failure,
            Failure::Timeout { .. } | Failure::Unreachable { .. }
        ));
    }
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn nothing_counts_as_gone_on_the_word_of_a_server_that_knows_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connection = connect(&listener).await;
    let _requests = answer_with(
        listener,
        "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope".to_owned(),
    );
    let deleted = connection
        .delete(&config_map(), Propagation::Background, None)
        .await;
    assert!(deleted.is_err(), "{deleted:?}");
}

#[tokio::test]
async fn an_answer_that_never_ends_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connection = connect(&listener).await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\"";
        stream.write_all(head).await.unwrap();
        let endless = vec![b'x'; 1 << 16];
        while stream.write_all(&endless).await.is_ok() {}
    });
    let error = connection.ping().await.unwrap_err();
    assert!(error.is_unreachable(), "{error}");
}

#[tokio::test]
async fn a_refused_connection_says_so_and_names_the_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connection = connect(&listener).await;
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = connection.ping().await.unwrap_err();
    assert!(error.is_unreachable());
    let text = error.to_string();
    assert!(
        text.contains("Connection refused") && text.contains(&address.to_string()),
        "{text}"
    );
    assert!(!text.contains("canary"));
}
