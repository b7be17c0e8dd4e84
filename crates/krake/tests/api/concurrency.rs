//! Stale copies and concurrent writes.

use serde_json::json;

use crate::harness::{APPLICATIONS, Server, application};
use crate::watch::Watch;

/// Field case K1: a copy of an object that was deleted and created again.
#[tokio::test]
async fn a_copy_of_a_predecessor_never_touches_its_successor() {
    let server = Server::start().await;
    let path = format!("{APPLICATIONS}/pond");
    let old = server.post(APPLICATIONS, &application("pond")).await.ok();
    server.delete(&format!("{path}?force=True")).await.ok();
    server.get(&path).await.refused(404);
    let mut second = application("pond");
    second["spec"]["manifest"][0]["metadata"]["name"] = json!("moss");
    let successor = server.post(APPLICATIONS, &second).await.ok();
    let mut watch = Watch::open(&server, &format!("{APPLICATIONS}?watch&heartbeat=0")).await;
    let mut failed = old.clone();
    failed["status"]["state"] = json!("FAILED");
    let without_revision = |copy: &serde_json::Value| {
        let mut copy = copy.clone();
        copy["metadata"]
            .as_object_mut()
            .unwrap()
            .remove("resourceVersion");
        copy
    };
    let (uid, revision) = (&old["metadata"]["uid"], &old["metadata"]["resourceVersion"]);
    let (uid, revision) = (uid.as_str().unwrap(), revision.as_str().unwrap());
    for answer in [
        server.put(&path, &old).await,
        server.put(&format!("{path}/status"), &failed).await,
        server.put(&path, &without_revision(&old)).await,
        server
            .put(&format!("{path}/status"), &without_revision(&failed))
            .await,
        server.delete(&format!("{path}?uid={uid}")).await,
        server.delete(&format!("{path}?resourceVersion={revision}")).await,
        server.delete(&format!("{path}?force=True&uid={uid}")).await,
        server
            .put(
                &format!("{path}/binding?uid={uid}"),
                &json!({"cluster": {"api": "kubernetes", "kind": "Cluster", "name": "c"}}),
            )
            .await,
    ] {
        let detail = answer.refused(409);
        assert!(detail.contains(uid) || detail.contains(revision), "{detail}");
    }
    assert_eq!(server.get(&path).await.ok(), successor);
    let (uid, revision) = (
        &successor["metadata"]["uid"],
        &successor["metadata"]["resourceVersion"],
    );
    let right = format!(
        "{path}?uid={}&resourceVersion={}",
        uid.as_str().unwrap(),
        revision.as_str().unwrap()
    );
    let deleted = server.delete(&right).await.ok();
    let event = watch.next().await;
    assert_eq!(
        (&event["type"], &event["object"]),
        (&json!("MODIFIED"), &deleted),
        "nothing came before"
    );
}

/// Defect 5 of the original: the second, stale write wins silently.
#[tokio::test]
async fn the_second_of_two_writers_with_the_same_copy_is_refused() {
    let server = Server::start().await;
    let path = format!("{APPLICATIONS}/pond");
    let copy = server.post(APPLICATIONS, &application("pond")).await.ok();
    let (mut first, mut second) = (copy.clone(), copy);
    first["metadata"]["labels"] = json!({"by": "first"});
    second["metadata"]["labels"] = json!({"by": "second"});
    server.put(&path, &first).await.ok();
    assert_eq!(
        server.put(&path, &second).await.body["title"],
        "TRANSACTION_ERROR"
    );
    assert_eq!(
        server.get(&path).await.ok()["metadata"]["labels"],
        json!({"by": "first"})
    );
    second["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("resourceVersion");
    server.put(&path, &second).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_concurrent_creations_of_one_name_exactly_one_succeeds() {
    let server = Server::start().await;
    let body = application("pond");
    let answers = futures::future::join_all((0..32).map(|_| server.post(APPLICATIONS, &body))).await;
    let created = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(created, 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 409)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spec_and_status_written_at_the_same_time_never_revert_each_other() {
    let server = Server::start().await;
    let path = format!("{APPLICATIONS}/pond");
    let copy = server.post(APPLICATIONS, &application("pond")).await.ok();
    let mut copy = copy;
    copy["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("resourceVersion");
    let status_path = format!("{path}/status");
    for round in 1..=20 {
        let (mut spec, mut status) = (copy.clone(), copy.clone());
        spec["spec"]["backoff"] = json!(round + 1);
        status["status"]["migration_retries"] = json!(round);
        let (one, other) = tokio::join!(server.put(&path, &spec), server.put(&status_path, &status));
        one.ok();
        other.ok();
        let now = server.get(&path).await.ok();
        assert_eq!(now["spec"]["backoff"], round + 1);
        assert_eq!(now["status"]["migration_retries"], round);
    }
}
