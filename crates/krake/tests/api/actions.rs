//! Bindings and hooks.

use serde_json::{Value, json};

use crate::harness::{APPLICATIONS, Server, application};
use crate::kinds::KINDS;

#[tokio::test]
async fn binding_an_application_names_its_cluster_and_makes_it_an_owner_once() {
    let server = Server::start().await;
    server.post(APPLICATIONS, &application("pond")).await.ok();
    let path = format!("{APPLICATIONS}/pond/binding");
    let cluster = json!({"api": "kubernetes", "kind": "Cluster", "namespace": "tarn", "name": "c1"});
    let body = json!({"api": "kubernetes", "kind": "ClusterBinding", "cluster": cluster});
    let bound = server.put(&path, &body).await.ok();
    assert_eq!(bound["status"]["scheduled_to"], cluster);
    assert_eq!(
        bound["status"]["scheduled"],
        bound["status"]["kube_controller_triggered"]
    );
    assert_eq!(bound["metadata"]["modified"], bound["metadata"]["created"]);
    let again = server.put(&path, &body).await.ok();
    assert_eq!(again["metadata"]["owners"], json!([cluster]));
    server.put(&path, &json!({"cluster": null})).await.refused(422);
    let revision = bound["metadata"]["resourceVersion"].as_str().unwrap();
    server
        .put(&format!("{path}?resourceVersion={revision}"), &body)
        .await
        .refused(409);
}

#[tokio::test]
async fn clusters_and_magnum_clusters_are_bound_to_clouds_and_projects() {
    let server = Server::start().await;
    let kind = |plural: &str| KINDS.into_iter().find(|kind| kind.plural == plural).unwrap();
    server
        .post(
            &kind("clusters").collection("tarn"),
            &kind("clusters").object("c"),
        )
        .await
        .ok();
    let cloud = json!({"api": "infrastructure", "kind": "GlobalCloud", "namespace": null, "name": "g"});
    let path = format!("{}/c/binding", kind("clusters").collection("tarn"));
    let bound = server.put(&path, &json!({"cloud": cloud})).await.ok();
    assert_eq!(
        (&bound["status"]["scheduled_to"], &bound["metadata"]["owners"]),
        (&cloud, &json!([cloud]))
    );
    assert!(bound["status"]["scheduled"].is_string());
    server
        .post(
            &kind("magnumclusters").collection("tarn"),
            &kind("magnumclusters").object("m"),
        )
        .await
        .ok();
    let project = json!({"api": "openstack", "kind": "Project", "namespace": "tarn", "name": "p"});
    let path = format!("{}/m/binding", kind("magnumclusters").collection("tarn"));
    let bound = server
        .put(&path, &json!({"project": project, "template": "t"}))
        .await
        .ok();
    assert_eq!(
        (&bound["status"]["project"], &bound["status"]["template"]),
        (&project, &json!("t"))
    );
    let mut other = bound.clone();
    other["status"]["template"] = json!("u");
    let status = format!("{}/m/status", kind("magnumclusters").collection("tarn"));
    assert_eq!(
        server.put(&status, &other).await.refused(400),
        "Trying to update an immutable field: template"
    );
}

async fn with_status(server: &Server, name: &str, status: &[(&str, Value)]) -> Value {
    let mut object = server.post(APPLICATIONS, &application(name)).await.ok();
    for (member, value) in status {
        object["status"][*member] = value.clone();
    }
    server
        .put(&format!("{APPLICATIONS}/{name}/status"), &object)
        .await
        .ok()
}

#[tokio::test]
async fn a_workload_with_its_token_completes_its_application() {
    let server = Server::start().await;
    with_status(
        &server,
        "pond",
        &[("complete_token", json!("t")), ("state", json!("RUNNING"))],
    )
    .await;
    let path = format!("{APPLICATIONS}/pond/complete");
    for body in [
        json!({}),
        json!({"token": null}),
        json!({"token": "u"}),
        json!({"token": "tt"}),
    ] {
        let detail = server.put(&path, &body).await.refused(401);
        assert_eq!(
            detail,
            "No token has been provided or the provided one is invalid."
        );
    }
    let done = server.put(&path, &json!({"token": "t"})).await.ok();
    assert_eq!(done["status"]["state"], "READY_FOR_ACTION");
    assert!(done["metadata"]["deleted"].is_string());
    server.post(APPLICATIONS, &application("other")).await.ok();
    let without = server
        .put(&format!("{APPLICATIONS}/other/complete"), &json!({"token": null}))
        .await;
    without.refused(401);
}

#[tokio::test]
async fn a_deletion_waits_for_the_shutdown_hook() {
    let server = Server::start().await;
    let mut body = application("pond");
    body["spec"]["hooks"] = json!(["shutdown"]);
    server.post(APPLICATIONS, &body).await.ok();
    let mut deleted = server.delete(&format!("{APPLICATIONS}/pond")).await.ok();
    assert_eq!(deleted["status"]["state"], "WAITING_FOR_CLEANING");
    deleted["status"]["shutdown_token"] = json!("t");
    deleted["status"]["shutdown_grace_period"] = json!("2030-01-01T00:00:00+00:00");
    server
        .put(&format!("{APPLICATIONS}/pond/status"), &deleted)
        .await
        .ok();
    let path = format!("{APPLICATIONS}/pond/shutdown");
    server.put(&path, &json!({"token": "x"})).await.refused(401);
    let ready = server.put(&path, &json!({"token": "t"})).await.ok();
    assert_eq!(ready["status"]["state"], "READY_FOR_ACTION");
    assert_eq!(ready["status"]["shutdown_grace_period"], Value::Null);
}

#[tokio::test]
async fn only_a_degraded_application_can_be_retried_and_no_body_is_needed() {
    let server = Server::start().await;
    with_status(&server, "well", &[("state", json!("RUNNING"))]).await;
    let path = format!("{APPLICATIONS}/well/retry");
    assert_eq!(
        server.send("PUT", &path, "").await.refused(400),
        "No migration or deletion retry needed"
    );
    with_status(&server, "sick", &[("state", json!("DEGRADED"))]).await;
    let retried = server
        .send("PUT", &format!("{APPLICATIONS}/sick/retry"), "")
        .await
        .ok();
    assert_eq!(retried["status"]["state"], "WAITING_FOR_CLEANING");
}
