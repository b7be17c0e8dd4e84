//! Secrets are shown to holders of the right only, and survive a round trip through everybody else.

use krake::server::Authorization;
use serde_json::{Value, json};

use crate::harness::{APPLICATIONS, Server, application};
use crate::kinds::{KINDS, TestKind};
use crate::watch::Watch;

const CANARY: &str = "canary-secret";

async fn server() -> Server {
    let server = Server::with_roles().await;
    grant_views(&server).await;
    server
}

/// `plain` may do everything but see secrets, `owner` sees those of one namespace.
async fn grant_views(server: &Server) {
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
    server.grant("plain", &json!([plain])).await;
    server.grant("owner", &json!([plain, secrets])).await;
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
        let created = server
            .ask("plain", "POST", &collection, &kind.object("a"))
            .await
            .ok();
        assert!(!created.to_string().contains(CANARY), "{created}");
        for path in [&path, &collection, &kind.all()] {
            let read = server.ask("plain", "GET", path, &json!({})).await.ok();
            assert!(
                !read.to_string().contains(CANARY) && read.to_string().contains("<redacted>"),
                "{read}"
            );
        }
        let shown = server.ask("owner", "GET", &path, &json!({})).await.ok();
        assert!(shown.to_string().contains(CANARY), "{shown}");
        if kind.is_namespaced {
            server
                .ask("plain", "POST", &kind.collection("fell"), &kind.object("a"))
                .await
                .ok();
            let foreign = server
                .ask(
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

/// Over the network everybody is the user whose view it is.
#[tokio::test]
async fn watches_cover_what_lists_cover_also_when_the_right_comes_and_goes() {
    let server = Server::with(|options| {
        options.authorization = Authorization::Rbac;
        options.authentication.static_user = Some("plain".to_owned());
    })
    .await;
    grant_views(&server).await;
    for kind in secret_kinds() {
        let collection = kind.collection("tarn");
        let mut watch = Watch::open(&server, &format!("{collection}?watch&heartbeat=0")).await;
        let mut shown = Vec::new();
        for (name, users) in [
            ("a", json!(["owner"])),
            ("b", json!(["owner", "plain"])),
            ("c", json!(["owner"])),
        ] {
            let mut binding = server
                .ask("system:admin", "GET", "/core/rolebindings/owner", &json!({}))
                .await
                .ok();
            if binding["users"] != users {
                binding["users"] = users;
                server
                    .ask("system:admin", "PUT", "/core/rolebindings/owner", &binding)
                    .await
                    .ok();
            }
            server
                .ask("system:admin", "POST", &collection, &kind.object(name))
                .await
                .ok();
            shown.push(watch.next().await.to_string().contains(CANARY));
        }
        assert_eq!(shown, [false, true, false], "{}", kind.kind);
    }
}

#[tokio::test]
async fn a_covered_copy_sent_back_keeps_the_stored_secret() {
    let server = server().await;
    for kind in secret_kinds() {
        let (collection, path) = (kind.collection("tarn"), format!("{}/a", kind.collection("tarn")));
        let mut copy = server
            .ask("plain", "POST", &collection, &kind.object("a"))
            .await
            .ok();
        copy["metadata"]["labels"] = json!({"k": "v"});
        let updated = server.ask("plain", "PUT", &path, &copy).await.ok();
        assert_eq!(updated["metadata"]["labels"], json!({"k": "v"}));
        let shown = server.ask("owner", "GET", &path, &json!({})).await.ok();
        assert!(
            shown.to_string().contains(CANARY) && !shown.to_string().contains("<redacted>"),
            "{shown}"
        );
        let mut fresh = kind.object("b");
        fresh["spec"] = copy["spec"].clone();
        fresh["metadata"]["name"] = json!("a b");
        let answer = server.ask("plain", "POST", &collection, &fresh).await;
        let violations = answer.body["violations"].as_array().unwrap().clone();
        let says = |text: &str| {
            violations
                .iter()
                .any(|one| one["message"].as_str().unwrap().contains(text))
        };
        assert!(
            says("redacted") && says("resource name"),
            "all at once: {violations:?}"
        );
        answer.refused(422);
    }
}

#[tokio::test]
async fn hook_tokens_are_covered_and_survive_a_status_write_of_a_covered_copy() {
    let server = server().await;
    let path = format!("{APPLICATIONS}/pond");
    let mut object = server.post(APPLICATIONS, &application("pond")).await.ok();
    object["status"]["complete_token"] = json!(CANARY);
    server.put(&format!("{path}/status"), &object).await.ok();
    let mut copy = server.ask("plain", "GET", &path, &json!({})).await.ok();
    assert_eq!(copy["status"]["complete_token"], "<redacted>");
    assert_eq!(copy["status"]["shutdown_token"], Value::Null);
    copy["status"]["state"] = json!("RUNNING");
    let written = server
        .ask("plain", "PUT", &format!("{path}/status"), &copy)
        .await
        .ok();
    assert_eq!(written["status"]["state"], "RUNNING");
    let shown = server.get(&path).await.ok();
    assert_eq!(shown["status"]["complete_token"], CANARY);
}
