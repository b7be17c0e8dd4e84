//! Secrets are shown to holders of the right only, and survive a round trip through everybody else.

use krake::api::Identity;
use krake::server::Authorization;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::harness::{APPLICATIONS, Answer, Server, application};
use crate::kinds::{KINDS, TestKind};

const CANARY: &str = "canary-secret";

async fn server() -> Server {
    let server = Server::with(|options| options.authorization = Authorization::Rbac).await;
    let verbs = ["create", "list", "get", "update", "delete"];
    let plurals: Vec<_> = KINDS
        .iter()
        .flat_map(|kind| [kind.plural.to_owned(), format!("{}/status", kind.plural)])
        .collect();
    let plain = json!({"api": "", "resources": plurals, "namespaces": [""], "verbs": verbs});
    let secrets: Vec<_> = KINDS
        .iter()
        .map(|kind| format!("{}/secrets", kind.plural))
        .collect();
    let secrets = json!({"api": "", "resources": secrets, "namespaces": ["tarn"], "verbs": ["get"]});
    for (user, rules) in [("plain", json!([plain])), ("owner", json!([plain, secrets]))] {
        server
            .post(
                "/core/roles",
                &json!({"metadata": {"name": user}, "rules": rules}),
            )
            .await
            .ok();
        server
            .post(
                "/core/rolebindings",
                &json!({"metadata": {"name": user}, "users": [user], "roles": [user]}),
            )
            .await
            .ok();
    }
    server
}

async fn ask(server: &Server, user: &str, method: &str, path: &str, body: &Value) -> Answer {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .extension(Identity(user.to_owned()));
    let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
    let response = server.app.router().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
    Answer {
        status,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    }
}

fn secret_kinds() -> impl Iterator<Item = TestKind> {
    KINDS
        .into_iter()
        .filter(|kind| kind.object("a").to_string().contains(CANARY))
}

#[tokio::test]
async fn secrets_of_every_kind_are_covered_for_readers_without_the_right() {
    let server = server().await;
    assert_eq!(secret_kinds().count(), 8);
    for kind in secret_kinds() {
        let collection = kind.collection("tarn");
        let path = format!("{collection}/a");
        let created = ask(&server, "plain", "POST", &collection, &kind.object("a"))
            .await
            .ok();
        assert!(!created.to_string().contains(CANARY), "{created}");
        for path in [&path, &collection, &kind.all()] {
            let read = ask(&server, "plain", "GET", path, &json!({})).await.ok();
            assert!(
                !read.to_string().contains(CANARY) && read.to_string().contains("<redacted>"),
                "{read}"
            );
        }
        let shown = ask(&server, "owner", "GET", &path, &json!({})).await.ok();
        assert!(shown.to_string().contains(CANARY), "{shown}");
        if kind.is_namespaced {
            ask(
                &server,
                "plain",
                "POST",
                &kind.collection("fell"),
                &kind.object("a"),
            )
            .await
            .ok();
            let foreign = ask(
                &server,
                "owner",
                "GET",
                &format!("{}/a", kind.collection("fell")),
                &json!({}),
            )
            .await
            .ok();
            assert!(!foreign.to_string().contains(CANARY), "{foreign}");
        }
    }
}

#[tokio::test]
async fn a_covered_copy_sent_back_keeps_the_stored_secret() {
    let server = server().await;
    for kind in secret_kinds() {
        let (collection, path) = (kind.collection("tarn"), format!("{}/a", kind.collection("tarn")));
        let mut copy = ask(&server, "plain", "POST", &collection, &kind.object("a"))
            .await
            .ok();
        copy["metadata"]["labels"] = json!({"k": "v"});
        let updated = ask(&server, "plain", "PUT", &path, &copy).await.ok();
        assert_eq!(updated["metadata"]["labels"], json!({"k": "v"}));
        let shown = ask(&server, "owner", "GET", &path, &json!({})).await.ok();
        assert!(
            shown.to_string().contains(CANARY) && !shown.to_string().contains("<redacted>"),
            "{shown}"
        );
        let mut fresh = kind.object("b");
        fresh["spec"] = copy["spec"].clone();
        ask(&server, "plain", "POST", &collection, &fresh)
            .await
            .refused(422);
    }
}

#[tokio::test]
async fn hook_tokens_are_covered_and_survive_a_status_write_of_a_covered_copy() {
    let server = server().await;
    let path = format!("{APPLICATIONS}/pond");
    let mut object = server.post(APPLICATIONS, &application("pond")).await.ok();
    object["status"]["complete_token"] = json!(CANARY);
    server.put(&format!("{path}/status"), &object).await.ok();
    let mut copy = ask(&server, "plain", "GET", &path, &json!({})).await.ok();
    assert_eq!(copy["status"]["complete_token"], "<redacted>");
    assert_eq!(copy["status"]["shutdown_token"], Value::Null);
    copy["status"]["state"] = json!("RUNNING");
    let written = ask(&server, "plain", "PUT", &format!("{path}/status"), &copy)
        .await
        .ok();
    assert_eq!(written["status"]["state"], "RUNNING");
    let shown = server.get(&path).await.ok();
    assert_eq!(shown["status"]["complete_token"], CANARY);
}
