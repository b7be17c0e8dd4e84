//! Field case K5, the part that concerns writing: owners that point nowhere or elsewhere.

use serde_json::json;

use crate::harness::{APPLICATIONS, Server, application};

#[tokio::test]
async fn an_owner_in_another_namespace_is_refused_and_one_that_does_not_exist_is_not() {
    let server = Server::start().await;
    let owner = |namespace: serde_json::Value, name: &str| json!({"api": "kubernetes", "kind": "Cluster", "namespace": namespace, "name": name});
    let mut body = application("a2");
    body["metadata"]["owners"] = json!([owner(json!("fell"), "c9")]);
    let detail = server.post(APPLICATIONS, &body).await.refused(422);
    assert!(detail.contains("owners"), "{detail}");
    body["metadata"]["owners"] = json!([owner(json!("tarn"), "never-was"), owner(json!(null), "anywhere")]);
    let created = server.post(APPLICATIONS, &body).await.ok();
    let mut moved = created.clone();
    moved["metadata"]["owners"][0]["namespace"] = json!("fell");
    server
        .put(&format!("{APPLICATIONS}/a2"), &moved)
        .await
        .refused(422);
    assert_eq!(server.get(&format!("{APPLICATIONS}/a2")).await.ok(), created);
    let foreign = json!({"cluster": owner(json!("fell"), "c9")});
    let answer = server.put(&format!("{APPLICATIONS}/a2/binding"), &foreign).await;
    assert_eq!(answer.body["violations"][0]["path"], "cluster.namespace");
    answer.refused(422);
    assert_eq!(server.get(&format!("{APPLICATIONS}/a2")).await.ok(), created);
}
