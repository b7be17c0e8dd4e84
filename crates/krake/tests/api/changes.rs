//! The matrix goes on: what changes an object of any kind, and what does not.

use serde_json::{Value, json};

use crate::harness::Server;
use crate::kinds::KINDS;

#[tokio::test]
async fn updating_bumps_modified_and_keeps_what_the_server_sets() {
    let server = Server::start().await;
    for kind in KINDS {
        let (created, path) = server.create(kind).await;
        // Only name and spec: what is missing counts as default, what the server sets is kept.
        let mut body = kind.object("a");
        body["metadata"]["labels"] = json!({"k": "v"});
        body["metadata"]["created"] = json!("2020-01-01T00:00:00+00:00");
        body["status"] = json!({"state": "FAILED"});
        let updated = server.put(&path, &body).await.ok();
        for member in ["uid", "created", "namespace", "deleted"] {
            assert_eq!(
                updated["metadata"][member], created["metadata"][member],
                "{}",
                kind.kind
            );
        }
        assert_eq!(updated["metadata"]["labels"], json!({"k": "v"}));
        assert!(updated["metadata"]["modified"].as_str() > created["metadata"]["modified"].as_str());
        assert_eq!(updated["status"], created["status"]);
    }
}

#[tokio::test]
async fn finalizers_and_owners_alone_do_not_count_as_a_modification() {
    let server = Server::start().await;
    for kind in KINDS {
        let (created, path) = server.create(kind).await;
        let mut body = created.clone();
        body["metadata"]["finalizers"] = json!(["mine"]);
        let held = server.put(&path, &body).await.ok();
        assert_eq!(held["metadata"]["finalizers"], json!(["mine"]));
        body = held.clone();
        body["metadata"]["owners"] =
            json!([{"api": "core", "kind": "Role", "namespace": null, "name": "owner"}]);
        let owned = server.put(&path, &body).await.ok();
        assert_eq!(owned["metadata"]["owners"], body["metadata"]["owners"]);
        assert_eq!(owned["metadata"]["modified"], created["metadata"]["modified"]);
        assert_ne!(
            owned["metadata"]["resourceVersion"],
            held["metadata"]["resourceVersion"]
        );
        body = owned;
        body["metadata"]["finalizers"] = json!([]);
        body["metadata"]["labels"] = json!({"k": "v"});
        let changed = server.put(&path, &body).await.ok();
        assert!(changed["metadata"]["modified"].as_str() > created["metadata"]["modified"].as_str());
    }
}

#[tokio::test]
async fn an_update_without_change_is_refused_except_where_the_original_does_not() {
    let server = Server::start().await;
    for kind in KINDS {
        let (created, path) = server.create(kind).await;
        let answer = server.put(&path, &created).await;
        if kind.kind == "GlobalMetricsProvider" {
            assert_eq!(answer.ok(), created);
        } else {
            assert_eq!(answer.body["title"], "UPDATE_ERROR");
            assert_eq!(answer.refused(400), "The body contained no update.");
        }
    }
}

#[tokio::test]
async fn names_and_namespaces_never_change() {
    let server = Server::start().await;
    for kind in KINDS {
        let (created, path) = server.create(kind).await;
        let mut renamed = created.clone();
        renamed["metadata"]["name"] = json!("b");
        assert_eq!(
            server.put(&path, &renamed).await.refused(400),
            "Trying to update an immutable field: name"
        );
        let mut moved = created.clone();
        moved["metadata"]["namespace"] = json!("fell");
        assert_eq!(
            server.put(&path, &moved).await.refused(400),
            "Trying to update an immutable field: namespace"
        );
    }
    let mut magnum = server
        .get("/openstack/namespaces/tarn/magnumclusters/a")
        .await
        .ok();
    magnum["spec"]["master_count"] = json!(3);
    server
        .put("/openstack/namespaces/tarn/magnumclusters/a", &magnum)
        .await
        .refused(400);
}

#[tokio::test]
async fn deletion_is_a_mark_first_and_the_last_finalizer_ends_it() {
    let server = Server::start().await;
    for kind in KINDS {
        let (_, path) = server.create(kind).await;
        let deleted = server.delete(&path).await.ok();
        assert!(deleted["metadata"]["deleted"].is_string());
        assert_eq!(deleted["metadata"]["finalizers"], json!(["cascade_deletion"]));
        assert_eq!(
            server.delete(&path).await.ok(),
            deleted,
            "a second deletion changes nothing"
        );
        if !matches!(kind.plural, "applications" | "clusters") {
            server.delete(&format!("{path}?force=True")).await.ok();
            assert_eq!(
                server.get(&path).await.ok(),
                deleted,
                "force is for workloads only"
            );
        }
        let mut body = deleted.clone();
        body["metadata"]["finalizers"] = json!(["cascade_deletion", "mine"]);
        assert_eq!(
            server.put(&path, &body).await.refused(409),
            "Finalizers can only be removed if a deletion is in progress."
        );
        body["metadata"]["finalizers"] = json!([]);
        body["metadata"]["deleted"] = Value::Null;
        let erased = server.put(&path, &body).await.ok();
        assert_eq!(erased["metadata"]["deleted"], deleted["metadata"]["deleted"]);
        server.get(&path).await.refused(404);
        server.create(kind).await;
    }
}

#[tokio::test]
async fn a_status_is_written_by_its_own_route_and_touches_nothing_else() {
    let server = Server::start().await;
    for kind in KINDS {
        let (created, object) = server.create(kind).await;
        let path = format!("{object}/status");
        if !kind.has_status {
            server.put(&path, &created).await.refused(404);
            continue;
        }
        let deleted = server.delete(&object).await.ok();
        let mut body = created.clone();
        let state = if kind.kind.ends_with("Cloud") || kind.kind == "Project" {
            "FAILING_METRICS"
        } else {
            "FAILED"
        };
        body["status"]["state"] = json!(state);
        body["metadata"]["labels"] = json!({"k": "v"});
        body["metadata"]
            .as_object_mut()
            .unwrap()
            .remove("resourceVersion");
        let updated = server.put(&path, &body).await.ok();
        assert_eq!(updated["status"]["state"], state);
        for member in ["labels", "modified", "deleted", "finalizers"] {
            assert_eq!(
                updated["metadata"][member], deleted["metadata"][member],
                "{} {member}",
                kind.kind
            );
        }
        let again = server.put(&path, &updated).await.ok();
        assert_eq!(again, updated, "the same status is no write");
        server.put(&path, &body).await.ok();
        let mut outdated = body.clone();
        outdated["metadata"]["resourceVersion"] = created["metadata"]["resourceVersion"].clone();
        outdated["status"]["reason"] = json!({"code": "INTERNAL_ERROR", "message": "m"});
        server.put(&path, &outdated).await.refused(409);
        let _ = server.delete(&object).await;
    }
}
