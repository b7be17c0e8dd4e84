//! Bad bodies: a clear 4xx, nothing stored.

use serde_json::json;

use crate::harness::{APPLICATIONS, Server, application};
use crate::kinds::{KINDS, kubeconfig};

async fn assert_empty(server: &Server) {
    for kind in KINDS {
        assert_eq!(server.get(&kind.all()).await.ok()["items"], json!([]));
    }
}

#[tokio::test]
async fn malformed_bodies_are_refused_for_every_kind_and_nothing_is_stored() {
    let server = Server::start().await;
    for kind in KINDS {
        let path = kind.collection("tarn");
        let detail = server
            .send("POST", &path, "{\n \"metadata\": oops}")
            .await
            .refused(400);
        assert!(detail.contains("line 2, column 14"), "{detail}");
        server.send("POST", &path, "").await.refused(400);
        server.send("POST", &path, "[".repeat(200_000)).await.refused(400);
        server
            .send("POST", &path, vec![0xff, 0xfe, 0x00])
            .await
            .refused(400);
        server.post(&path, &json!([])).await.refused(422);
        server.post(&path, &json!(null)).await.refused(422);
        let mut other = kind.object("a");
        other["kind"] = json!("Other");
        server.post(&path, &other).await.refused(422);
    }
    assert_empty(&server).await;
}

#[tokio::test]
async fn an_oversized_body_is_refused_and_the_largest_allowed_is_not() {
    let server = Server::start().await;
    let mut body = application("pond");
    body["spec"]["manifest"][0]["data"] = json!({"a": "x".repeat(1 << 20)});
    let detail = server.post(APPLICATIONS, &body).await.refused(413);
    assert!(detail.contains("1048576"), "{detail}");
    body["spec"]["manifest"][0]["data"] = json!({"a": "x".repeat((1 << 20) - 1000)});
    server.post(APPLICATIONS, &body).await.ok();
}

#[tokio::test]
async fn violations_come_all_at_once_nested_and_as_a_list() {
    let server = Server::start().await;
    let mut body = application("a b");
    body["spec"]["constraints"]["cluster"]["labels"] = json!(["location of DE"]);
    body["spec"]["backoff"] = json!("many");
    let answer = server.post(APPLICATIONS, &body).await;
    let paths: Vec<_> = answer.body["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        paths,
        [
            "spec.constraints.cluster.labels.0",
            "spec.backoff",
            "metadata.name"
        ]
    );
    let detail: serde_json::Value = serde_json::from_str(&answer.refused(422)).unwrap();
    assert_eq!(
        detail["metadata"]["name"],
        json!(["Invalid character in resource name."])
    );
    let label = detail["spec"]["constraints"]["cluster"]["labels"]["0"][0]
        .as_str()
        .unwrap();
    assert!(
        label.starts_with("Invalid label constraint") && label.contains("column"),
        "{label}"
    );
    assert_empty(&server).await;
}

#[tokio::test]
async fn malformed_observer_schemas_are_the_users_fault_not_the_servers() {
    let server = Server::start().await;
    let mut body = application("pond");
    body["spec"]["observer_schema"] = json!([{"kind": "ConfigMap"}]);
    server.post(APPLICATIONS, &body).await.refused(422);
}

#[tokio::test]
async fn numbers_arrive_as_text_and_bodies_under_any_media_type() {
    let server = Server::start().await;
    let body = json!({"metadata": {"name": "m"}, "spec": {"min": "0", "max": "5.5", "allowed_values": [], "provider": {"name": "p", "metric": "m"}}});
    let request = server.client.post(format!("{}/core/globalmetrics", server.url));
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_string());
    let created: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&created["spec"]["min"], &created["spec"]["max"]),
        (&json!(0.0), &json!(5.5))
    );
}

#[tokio::test]
async fn at_least_one_authentication_is_named_under_the_schema_as_in_the_original() {
    let server = Server::start().await;
    let body = json!({"metadata": {"name": "p"}, "spec": {"type": "im", "im": {"url": "http://im"}}});
    let detail = server
        .post("/infrastructure/globalinfrastructureproviders", &body)
        .await
        .refused(422);
    assert!(
        detail.contains("_schema") && detail.contains("At least one authentication"),
        "{detail}"
    );
}

/// Field case K15: what would run a program or read a file on the server.
#[tokio::test]
async fn hostile_kubeconfigs_are_refused_with_their_paths_and_without_their_secrets() {
    let server = Server::start().await;
    let collection = "/kubernetes/namespaces/tarn/clusters";
    let cluster = |kubeconfig: &serde_json::Value| json!({"metadata": {"name": "c"}, "spec": {"kubeconfig": kubeconfig, "constraints": {"cloud": {}}}});
    let created = server.post(collection, &cluster(&kubeconfig())).await.ok();
    let user = "/users/0/user";
    let place = "/clusters/0/cluster";
    for (parent, member, value) in [
        (user, "exec", json!({"command": "touch", "args": ["owned"]})),
        (user, "auth-provider", json!({"name": "gcp"})),
        (user, "tokenFile", json!("/etc/hostname")),
        (user, "client-certificate", json!("/etc/hostname")),
        (user, "client-key", json!("/etc/hostname")),
        (place, "certificate-authority", json!("/etc/hostname")),
        (place, "proxy-url", json!("http://evil")),
    ] {
        let mut hostile = kubeconfig();
        hostile.pointer_mut(parent).unwrap()[member] = value;
        for answer in [
            server
                .post("/kubernetes/namespaces/fell/clusters", &cluster(&hostile))
                .await,
            server.put(&format!("{collection}/c"), &cluster(&hostile)).await,
        ] {
            let path = format!("spec.kubeconfig{}.{member}", parent.replace('/', "."));
            assert_eq!(answer.body["violations"][0]["path"], path);
            let detail = answer.refused(422);
            assert!(!detail.contains("canary-secret"), "{detail}");
        }
    }
    let text = "apiVersion: v1\nusers: [{name: u, user: {token: canary-secret}}]";
    for answer in [
        server.post(collection, &cluster(&json!(text))).await,
        server
            .put(&format!("{collection}/c"), &cluster(&json!([text])))
            .await,
    ] {
        let detail = answer.refused(422);
        assert!(!detail.contains("canary-secret"), "{detail}");
    }
    assert_eq!(server.get(&format!("{collection}/c")).await.ok(), created);
    assert_eq!(
        server.get("/kubernetes/namespaces/fell/clusters").await.ok()["items"],
        json!([])
    );
}
