//! Field case K3: watches that resume, or say that they cannot.

use serde_json::{Value, json};

use crate::harness::{APPLICATIONS, Server, application};
use crate::kinds::KINDS;
use crate::watch::{Watch, revision};

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
