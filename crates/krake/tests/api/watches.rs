//! Watches over sockets.

use std::time::Duration;

use futures::StreamExt;
use serde_json::{Value, json};

use crate::harness::{APPLICATIONS, Server, application};
use crate::kinds::KINDS;

type Body = futures::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>;

pub(crate) struct Watch {
    body: Body,
    buffer: Vec<u8>,
}

impl Watch {
    /// Returns when the headers are there, that is, when the watch is open.
    pub(crate) async fn open(server: &Server, path: &str) -> Self {
        let request = server.client.get(format!("{}{path}", server.url)).send();
        let response = tokio::time::timeout(Duration::from_secs(5), request)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(response.status(), 200);
        Self {
            body: response.bytes_stream().boxed(),
            buffer: Vec::new(),
        }
    }

    /// The next line without its end; `None` when the stream ended.
    pub(crate) async fn line(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.pop();
                return Some(line);
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.body.next())
                .await
                .expect("silence")?;
            self.buffer.extend_from_slice(&chunk.unwrap());
        }
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let line = self.line().await.expect("the watch ended");
            if !line.is_empty() {
                return serde_json::from_slice(&line).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn every_kind_is_watched_in_one_namespace_and_in_all() {
    let server = Server::start().await;
    for kind in KINDS {
        let mut all = Watch::open(&server, &format!("{}?watch", kind.all())).await;
        let mut one = Watch::open(&server, &format!("{}?watch=true", kind.collection("tarn"))).await;
        let mut expected = Vec::new();
        for (namespace, name) in [("tarn", "a"), ("tarn", "b"), ("fell", "c")] {
            let created = server
                .post(&kind.collection(namespace), &kind.object(name))
                .await
                .ok();
            expected.push(json!({"type": "ADDED", "object": created}));
        }
        let path = format!("{}/a", kind.collection("tarn"));
        let mut changed = server.get(&path).await.ok();
        changed["metadata"]["labels"] = json!({"k": "v"});
        let changed = server.put(&path, &changed).await.ok();
        expected.push(json!({"type": "MODIFIED", "object": changed}));
        let mut deleted = server.delete(&path).await.ok();
        expected.push(json!({"type": "MODIFIED", "object": deleted}));
        deleted["metadata"]["finalizers"] = json!([]);
        let erased = server.put(&path, &deleted).await.ok();
        for event in &expected {
            assert_eq!(all.next().await, *event, "{}", kind.kind);
            if !kind.is_namespaced || event["object"]["metadata"]["namespace"] == "tarn" {
                assert_eq!(one.next().await, *event, "{}", kind.kind);
            }
        }
        let last = all.next().await;
        assert_eq!(last["type"], "DELETED");
        assert_eq!(
            last["object"]["metadata"]["resourceVersion"],
            erased["metadata"]["resourceVersion"]
        );
        assert_eq!(one.next().await, last);
    }
}

#[tokio::test]
async fn a_heartbeat_is_one_newline_and_nothing_else() {
    let server = Server::start().await;
    let path = format!("{}{APPLICATIONS}?watch&heartbeat=1", server.url);
    let response = server.client.get(path).send().await.unwrap();
    let mut body = response.bytes_stream();
    for _ in 0..2 {
        let chunk = tokio::time::timeout(Duration::from_secs(5), body.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(&*chunk, b"\n");
    }
    server
        .get(&format!("{APPLICATIONS}?watch&heartbeat=-1"))
        .await
        .refused(422);
    server
        .get(&format!("{APPLICATIONS}?watch&heartbeat=x"))
        .await
        .refused(422);
}

fn revision(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

/// Field case K3, A and C: resuming around the compaction point and from the future.
#[tokio::test]
async fn a_watch_resumes_without_a_gap_or_says_that_it_cannot() {
    use krake::store::Store;
    let server = Server::start().await;
    let collection = "/core/globalmetrics";
    let metric = KINDS
        .into_iter()
        .find(|kind| kind.plural == "globalmetrics")
        .unwrap();
    let mut last = 0;
    for name in ["m1", "m2", "m3", "m4"] {
        last = revision(&server.post(collection, &metric.object(name)).await.ok());
    }
    let mut marked = server.delete(&format!("{collection}/m1")).await.ok();
    marked["metadata"]["finalizers"] = json!([]);
    let deletion = revision(&server.put(&format!("{collection}/m1"), &marked).await.ok());
    let mut early = Watch::open(&server, &format!("{collection}?watch&resourceVersion={last}")).await;
    assert_eq!(early.next().await["type"], "MODIFIED");
    let event = early.next().await;
    assert_eq!(
        (&event["type"], revision(&event["object"])),
        (&json!("DELETED"), deletion)
    );
    server.store.compact(deletion);
    let again = revision(&server.post(collection, &metric.object("m1")).await.ok());
    for asked in [last, deletion - 1, again + 1, u64::MAX] {
        let detail = server
            .get(&format!("{collection}?watch&resourceVersion={asked}"))
            .await
            .refused(410);
        assert!(detail.contains(&asked.to_string()), "{detail}");
    }
    let mut from = Watch::open(&server, &format!("{collection}?watch&resourceVersion={deletion}")).await;
    assert_eq!(revision(&from.next().await["object"]), again);
    server
        .get(&format!("{collection}?watch&resourceVersion=x"))
        .await
        .refused(422);
    let listing = server.get(collection).await.ok();
    let mut listed = Watch::open(
        &server,
        &format!("{collection}?watch&resourceVersion={}", revision(&listing)),
    )
    .await;
    let newest = revision(&server.post(collection, &metric.object("m5")).await.ok());
    assert_eq!(revision(&listed.next().await["object"]), newest);
}

/// Field case K3, B: the DELETED line carries the revision of the deletion.
#[tokio::test]
async fn a_watch_resumed_from_a_deletion_does_not_repeat_it() {
    let server = Server::start().await;
    let mut watch = Watch::open(&server, &format!("{APPLICATIONS}?watch")).await;
    let mut highest = 0;
    for name in ["a", "b", "c"] {
        highest = revision(&server.post(APPLICATIONS, &application(name)).await.ok());
        watch.next().await;
    }
    server.delete(&format!("{APPLICATIONS}/a?force=True")).await.ok();
    let event = watch.next().await;
    assert_eq!(event["type"], "DELETED");
    let deletion = revision(&event["object"]);
    assert!(deletion > highest);
    let mut resumed = Watch::open(
        &server,
        &format!("{APPLICATIONS}?watch&resourceVersion={deletion}"),
    )
    .await;
    server.post(APPLICATIONS, &application("d")).await.ok();
    assert_eq!(resumed.next().await["object"]["metadata"]["name"], "d");
}

#[tokio::test]
async fn a_watch_that_falls_behind_ends_with_an_explicit_error() {
    let server = Server::with_store(|_| {}, |options| options.history_changes = 5).await;
    // In-process, nothing reads ahead: the watch stands still while others write.
    let router = server.app.router();
    let request =
        http::Request::get(format!("{APPLICATIONS}?watch&heartbeat=0")).body(axum::body::Body::empty());
    let response = tower::ServiceExt::oneshot(router, request.unwrap())
        .await
        .unwrap();
    for index in 0..10 {
        server
            .post(APPLICATIONS, &application(&format!("a{index}")))
            .await
            .ok();
    }
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let event: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(
        (&event["type"], &event["object"]["status"]),
        (&json!("ERROR"), &json!(410))
    );
}

#[tokio::test]
async fn objects_come_into_and_leave_the_view_of_a_selector() {
    let server = Server::start().await;
    let mut watch = Watch::open(
        &server,
        &format!("{APPLICATIONS}?watch&labelSelector=soil%3Dpeat"),
    )
    .await;
    let mut object = server.post(APPLICATIONS, &application("pond")).await.ok();
    for labels in [
        json!({"soil": "peat"}),
        json!({"soil": "peat", "k": "v"}),
        json!({"soil": "clay"}),
        json!({"soil": "peat"}),
    ] {
        object["metadata"]["labels"] = labels;
        object = server.put(&format!("{APPLICATIONS}/pond"), &object).await.ok();
    }
    for expected in ["ADDED", "MODIFIED", "DELETED", "ADDED"] {
        assert_eq!(watch.next().await["type"], expected);
    }
}

#[tokio::test]
async fn a_stopping_server_ends_its_watches() {
    let server = Server::start().await;
    let mut watch = Watch::open(&server, &format!("{APPLICATIONS}?watch&heartbeat=0")).await;
    server.stop.cancel();
    assert_eq!(watch.line().await, None);
}

/// Defect 2 of the original: after 30 abandoned watches every request hangs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_abandoned_watches_leave_nothing_and_hold_nobody_up() {
    let server = Server::start().await;
    for _ in 0..20 {
        let opened = (0..50).map(|index| {
            let server = &server;
            async move {
                Watch::open(
                    server,
                    &format!("{APPLICATIONS}?watch&heartbeat={}", index % 2 * 10),
                )
                .await
            }
        });
        drop(futures::future::join_all(opened).await);
    }
    let created = tokio::time::timeout(
        Duration::from_secs(5),
        server.post(APPLICATIONS, &application("pond")),
    )
    .await;
    created.unwrap().ok();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while server.store.watches() > 0 {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{} watches are left",
            server.store.watches()
        );
        tokio::task::yield_now().await;
    }
}

/// Defect 1 of the original: 19 of 300 arrive with 50 writers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_writers_of_three_hundred_each_and_a_watch_that_sees_them_all() {
    const WRITERS: usize = 50;
    const EACH: usize = 300;
    let server = Server::start().await;
    let mut watch = Watch::open(&server, &format!("{APPLICATIONS}?watch")).await;
    let writing = futures::future::join_all((0..WRITERS).map(|writer| {
        let server = &server;
        async move {
            for index in 0..EACH {
                server
                    .post(APPLICATIONS, &application(&format!("w{writer}-{index}")))
                    .await
                    .ok();
            }
        }
    }));
    let reading = async {
        let mut seen = std::collections::BTreeSet::new();
        let mut highest = 0;
        while seen.len() < WRITERS * EACH {
            let event = watch.next().await;
            assert_eq!(event["type"], "ADDED");
            let revision = revision(&event["object"]);
            assert!(revision > highest, "out of order");
            highest = revision;
            seen.insert(event["object"]["metadata"]["name"].as_str().unwrap().to_owned());
        }
    };
    tokio::join!(writing, reading);
}
