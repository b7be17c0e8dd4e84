//! The matrix of the original's generated tests: every case for every kind.

use serde_json::{Value, json};

use crate::harness::Server;
use crate::kinds::KINDS;

#[tokio::test]
async fn creating_fills_in_what_the_server_sets_and_ignores_what_it_alone_may_set() {
    let server = Server::start().await;
    for kind in KINDS {
        let mut body = kind.object("a");
        body["status"] = json!({"state": "FAILED", "nonsense": 1});
        body["metadata"]["uid"] = json!("mine");
        body["metadata"]["namespace"] = json!("elsewhere");
        body["metadata"]["deleted"] = json!("2024-01-01T00:00:00+00:00");
        body["colour"] = json!("blue");
        let created = server.post(&kind.collection("tarn"), &body).await.ok();
        let metadata = &created["metadata"];
        assert_eq!(
            (&created["api"], &created["kind"]),
            (&json!(kind.api), &json!(kind.kind))
        );
        assert_eq!(
            metadata["namespace"],
            if kind.is_namespaced {
                json!("tarn")
            } else {
                Value::Null
            }
        );
        assert_eq!(metadata["uid"].as_str().unwrap().len(), 36);
        assert_eq!(metadata["created"], metadata["modified"]);
        assert_eq!(metadata["deleted"], Value::Null);
        assert_ne!(created["status"]["state"], "FAILED");
        assert_eq!(created.get("status").is_some(), kind.has_status, "{}", kind.kind);
        assert_eq!(created.get("colour"), None);
        assert_eq!(
            server.get(&format!("{}/a", kind.collection("tarn"))).await.ok(),
            created
        );
    }
}

#[tokio::test]
async fn a_second_object_of_the_same_name_is_a_conflict() {
    let server = Server::start().await;
    for kind in KINDS {
        let path = kind.collection("tarn");
        server.post(&path, &kind.object("a")).await.ok();
        let answer = server.post(&path, &kind.object("a")).await;
        assert_eq!(answer.body["title"], "RESOURCE_ALREADY_EXISTS");
        assert!(
            answer.body["type"]
                .as_str()
                .unwrap()
                .ends_with("#resource-already-exists")
        );
        assert_eq!(
            answer.refused(409),
            format!("{} 'a' already exists{}", kind.kind, kind.place("tarn"))
        );
        if kind.is_namespaced {
            server
                .post(&kind.collection("fell"), &kind.object("a"))
                .await
                .ok();
        }
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_but_an_invalid_body_is_said_first() {
    let server = Server::start().await;
    for kind in KINDS {
        let path = format!("{}/nope", kind.collection("x"));
        let detail = format!("'{}' 'nope' does not exist{}", kind.kind, kind.place("x"));
        for answer in [
            server.get(&path).await,
            server.put(&path, &kind.object("nope")).await,
            server.delete(&path).await,
            server.get(&format!("{path}/events")).await,
        ] {
            assert_eq!(answer.body["title"], "NOT_FOUND_ERROR");
            assert_eq!(answer.refused(404), detail);
        }
        server.put(&path, &json!({"metadata": {}})).await.refused(422);
    }
}

/// Controllers keep books by finalizers and owners; nobody wants anything else by them.
#[tokio::test]
async fn lists_are_per_namespace_or_over_all() {
    let server = Server::start().await;
    for kind in KINDS {
        let mut created = Vec::new();
        for (namespace, name) in [("fell", "c"), ("tarn", "a"), ("tarn", "b")] {
            created.push(
                server
                    .post(&kind.collection(namespace), &kind.object(name))
                    .await
                    .ok(),
            );
        }
        let list = server.get(&kind.all()).await.ok();
        assert_eq!(
            (&list["api"], &list["kind"]),
            (&json!(kind.api), &json!(format!("{}List", kind.kind)))
        );
        let count = |list: &Value| list["items"].as_array().unwrap().len();
        assert_eq!(count(&list), 3);
        if kind.is_namespaced {
            assert_eq!(list["items"], json!(created));
            assert_eq!(
                server.get(&kind.collection("tarn")).await.ok()["items"],
                json!(&created[1..])
            );
            assert_eq!(count(&server.get(&kind.collection("void")).await.ok()), 0);
        }
    }
}

#[tokio::test]
async fn other_methods_and_paths_are_refused_with_problem_documents() {
    let server = Server::start().await;
    for kind in KINDS {
        let path = kind.collection("tarn");
        server
            .send("PATCH", &format!("{path}/a"), "{}")
            .await
            .refused(405);
        server.send("DELETE", &path, "").await.refused(405);
        server.get(&format!("{path}/a/tags")).await.refused(404);
    }
    server.get("/nowhere").await.refused(404);
}
