//! Watches over sockets.

use std::time::Duration;

use futures::StreamExt;
use serde_json::json;

use crate::harness::{APPLICATIONS, Server, application};
use crate::kinds::KINDS;
use crate::watch::{Watch, revision};

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
