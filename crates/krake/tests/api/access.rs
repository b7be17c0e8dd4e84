//! Who is who and who may do what.

use common::http::{Peer, PeerIdentity};
use krake::server::Authorization;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::harness::{APPLICATIONS, Server, application};
use crate::kinds::KINDS;
use crate::watch::Watch;

#[tokio::test]
async fn users_are_static_then_of_their_certificate_then_anonymous_then_nobody() {
    let named = |server: &Server, peer: Option<&str>| {
        let mut request = http::Request::get("/me").body(axum::body::Body::empty()).unwrap();
        if let Some(peer) = peer {
            let identity = PeerIdentity {
                common_name: Some(peer.to_owned()),
            };
            request.extensions_mut().insert(Peer {
                address: "127.0.0.1:1".parse().unwrap(),
                identity: Some(std::sync::Arc::new(identity)),
            });
        }
        let router = server.app.router();
        async move {
            let response = router.oneshot(request).await.unwrap();
            let bytes = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
            let body: Value = serde_json::from_slice(&bytes).unwrap();
            body["user"]
                .as_str()
                .or(body["detail"].as_str())
                .unwrap()
                .to_owned()
        }
    };
    let fixed = Server::start().await;
    assert_eq!(named(&fixed, Some("peer")).await, "system:admin");
    let open = Server::with(|options| {
        options.authentication.static_user = None;
        options.authentication.allow_anonymous = true;
    })
    .await;
    assert_eq!(named(&open, Some("peer")).await, "peer");
    assert_eq!(named(&open, None).await, "system:anonymous");
    let closed = Server::with(|options| options.authentication.static_user = None).await;
    assert_eq!(named(&closed, Some("peer")).await, "peer");
    assert_eq!(named(&closed, None).await, "No user has been authenticated.");
    closed.get(APPLICATIONS).await.refused(401);
}

#[tokio::test]
async fn always_deny_denies_everything_but_who_one_is() {
    let server = Server::with(|options| options.authorization = Authorization::AlwaysDeny).await;
    for kind in KINDS {
        server.get(&kind.all()).await.refused(403);
        server
            .post(&kind.collection("tarn"), &kind.object("a"))
            .await
            .refused(403);
    }
    server.get("/me").await.ok();
}

/// The generated `…_rbac` cases: every verb on every kind, with exactly the right that it needs.
#[tokio::test]
async fn every_verb_of_every_kind_needs_its_own_right() {
    let server = Server::with_roles().await;
    let nothing = json!({});
    for kind in KINDS {
        let object = format!("{}/a", kind.collection("tarn"));
        let collection = kind.collection("tarn");
        let mut changed = kind.object("a");
        changed["metadata"]["labels"] = json!({"k": "v"});
        for (verb, method, path, body) in [
            ("create", "POST", &collection, &kind.object("a")),
            ("list", "GET", &collection, &nothing),
            ("get", "GET", &object, &nothing),
            ("update", "PUT", &object, &changed),
            ("delete", "DELETE", &object, &nothing),
        ] {
            let user = format!("{}-{verb}", kind.plural);
            server.ask(&user, method, path, body).await.refused(403);
            server
                .ask("system:anonymous", method, path, body)
                .await
                .refused(401);
            let rule = json!([{"api": kind.api, "resources": [kind.plural], "namespaces": ["tarn"], "verbs": [verb]}]);
            server.grant(&user, &rule).await;
            server.ask(&user, method, path, body).await.ok();
            if kind.is_namespaced {
                server
                    .ask(&user, method, &path.replace("tarn", "fell"), body)
                    .await
                    .refused(403);
            }
            server
                .ask(&user, "PUT", &format!("{object}/status"), body)
                .await
                .refused(if kind.has_status { 403 } else { 404 });
        }
    }
}

#[tokio::test]
async fn empty_strings_stand_for_everything_and_sub_resources_for_themselves() {
    let server = Server::with_roles().await;
    server.post(APPLICATIONS, &application("pond")).await.ok();
    let get = |resources: Value, namespaces: Value, api: &str| json!([{"api": api, "resources": resources, "namespaces": namespaces, "verbs": ["get", "update"]}]);
    server.grant("wild", &get(json!([""]), json!([""]), "")).await;
    server
        .grant("other-api", &get(json!([""]), json!([""]), "core"))
        .await;
    server
        .grant(
            "binder",
            &get(json!(["applications/binding"]), json!(["tarn"]), "kubernetes"),
        )
        .await;
    let path = format!("{APPLICATIONS}/pond");
    server.ask("wild", "GET", &path, &json!({})).await.ok();
    server
        .ask("other-api", "GET", &path, &json!({}))
        .await
        .refused(403);
    server.ask("binder", "GET", &path, &json!({})).await.refused(403);
    let binding =
        json!({"cluster": {"api": "kubernetes", "kind": "Cluster", "namespace": "tarn", "name": "c"}});
    server
        .ask("binder", "PUT", &format!("{path}/binding"), &binding)
        .await
        .ok();
    assert_eq!(
        server.ask("binder", "GET", "/me", &json!({})).await.ok()["roles"],
        json!(["role-of-binder"])
    );
}

/// Defect 3 of the original: a role for one namespace lists and watches all of them.
#[tokio::test]
async fn listing_and_watching_all_namespaces_needs_a_rule_for_all() {
    let server = Server::with_roles().await;
    server
        .post("/kubernetes/namespaces/bob/applications", &application("his"))
        .await
        .ok();
    let rule = |namespace: &str, verb: &str| json!([{"api": "kubernetes", "resources": ["applications"], "namespaces": [namespace], "verbs": [verb]}]);
    server.grant("alice", &rule("alice", "list")).await;
    server.grant("carol", &rule("", "list")).await;
    server.grant("dave", &rule("", "list_all")).await;
    for path in ["/kubernetes/applications", "/kubernetes/applications?watch"] {
        let detail = server.ask("alice", "GET", path, &json!({})).await.refused(403);
        assert!(detail.contains("alice"), "{detail}");
    }
    for user in ["carol", "dave"] {
        let list = server
            .ask(user, "GET", "/kubernetes/applications", &json!({}))
            .await
            .ok();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn rights_hold_from_the_moment_of_their_writing_to_that_of_their_removal() {
    let server = Server::with_roles().await;
    let rule = json!([{"api": "kubernetes", "resources": ["applications"], "namespaces": ["tarn"], "verbs": ["list"]}]);
    for round in 0..20 {
        let user = format!("u{round}");
        server
            .ask(&user, "GET", APPLICATIONS, &json!({}))
            .await
            .refused(403);
        server.grant(&user, &rule).await;
        server.ask(&user, "GET", APPLICATIONS, &json!({})).await.ok();
        let path = format!("/core/rolebindings/{user}");
        let mut binding = server.get(&path).await.ok();
        binding["users"] = json!([]);
        server.put(&path, &binding).await.ok();
        server
            .ask(&user, "GET", APPLICATIONS, &json!({}))
            .await
            .refused(403);
    }
}

#[tokio::test]
async fn a_watch_ends_before_it_shows_what_its_user_may_no_longer_see() {
    let server = Server::with(|options| {
        options.authorization = Authorization::Rbac;
        options.authentication.static_user = Some("eve".to_owned());
    })
    .await;
    let as_admin = |method: &'static str, path: String, body: Value| {
        let server = &server;
        async move { server.ask("system:admin", method, &path, &body).await.ok() }
    };
    let rules =
        json!([{"api": "", "resources": ["applications"], "namespaces": ["tarn"], "verbs": ["list"]}]);
    as_admin(
        "POST",
        "/core/roles".into(),
        json!({"metadata": {"name": "r"}, "rules": rules}),
    )
    .await;
    let binding = json!({"metadata": {"name": "b"}, "users": ["eve"], "roles": ["r"]});
    as_admin("POST", "/core/rolebindings".into(), binding.clone()).await;
    let mut watch = Watch::open(&server, &format!("{APPLICATIONS}?watch&heartbeat=0")).await;
    as_admin("POST", APPLICATIONS.into(), application("before")).await;
    assert_eq!(watch.next().await["type"], "ADDED");
    let mut nobody = binding;
    nobody["users"] = json!([]);
    as_admin("PUT", "/core/rolebindings/b".into(), nobody).await;
    as_admin("POST", APPLICATIONS.into(), application("after")).await;
    let end = watch.next().await;
    assert_eq!(
        (&end["type"], &end["object"]["status"]),
        (&json!("ERROR"), &json!(403))
    );
    assert_eq!(watch.line().await, None);
}

/// An older version's roles lie in the store of whoever bootstrapped them; they must not cripple the system.
#[tokio::test]
async fn a_stored_role_adds_to_the_systems_role_of_its_name() {
    let server = Server::with_roles().await;
    server.post(APPLICATIONS, &application("pond")).await.ok();
    let get = json!([{"api": "core", "resources": ["roles"], "namespaces": [""], "verbs": ["get"]}]);
    let role = json!({"metadata": {"name": "role:system:scheduler"}, "rules": get});
    server.post("/core/roles", &role).await.ok();
    let scheduler = |path: &'static str| server.ask("system:scheduler", "GET", path, &Value::Null);
    scheduler("/kubernetes/applications").await.ok();
    scheduler("/core/roles/role:system:scheduler").await.ok();
    scheduler("/core/rolebindings").await.refused(403);
}

#[tokio::test]
async fn the_garbage_collector_goes_by_the_originals_name_and_by_its_own() {
    let server = Server::with_roles().await;
    for user in ["system:gc", "system:garbage-collector"] {
        for kind in KINDS {
            server.ask(user, "GET", &kind.all(), &Value::Null).await.ok();
        }
        let me = server.ask(user, "GET", "/me", &Value::Null).await.ok();
        assert_eq!(me["roles"], json!(["role:system:gc"]));
        server
            .ask(user, "POST", APPLICATIONS, &application("pond"))
            .await
            .refused(403);
    }
}
