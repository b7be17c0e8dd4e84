//! Who is who and who may do what.

use common::http::{Peer, PeerIdentity};
use krake::api::Identity;
use krake::server::{Authorization, Options};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::harness::{APPLICATIONS, Answer, Server, application};
use crate::kinds::KINDS;
use crate::watches::Watch;

fn rbac(options: &mut Options) {
    options.authorization = Authorization::Rbac;
}

/// Asks as a user, without a socket: identities never come from the network by themselves.
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

async fn grant(server: &Server, user: &str, rules: &Value) {
    let role = json!({"metadata": {"name": format!("role-of-{user}")}, "rules": rules});
    server.post("/core/roles", &role).await.ok();
    let binding = json!({"metadata": {"name": user}, "users": [user], "roles": [format!("role-of-{user}")]});
    server.post("/core/rolebindings", &binding).await.ok();
}

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
    let server = Server::with(rbac).await;
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
            ask(&server, &user, method, path, body).await.refused(403);
            ask(&server, "system:anonymous", method, path, body)
                .await
                .refused(401);
            let rule = json!([{"api": kind.api, "resources": [kind.plural], "namespaces": ["tarn"], "verbs": [verb]}]);
            grant(&server, &user, &rule).await;
            ask(&server, &user, method, path, body).await.ok();
            if kind.is_namespaced {
                ask(&server, &user, method, &path.replace("tarn", "fell"), body)
                    .await
                    .refused(403);
            }
            ask(&server, &user, "PUT", &format!("{object}/status"), body)
                .await
                .refused(if kind.has_status { 403 } else { 404 });
        }
    }
}

#[tokio::test]
async fn empty_strings_stand_for_everything_and_sub_resources_for_themselves() {
    let server = Server::with(rbac).await;
    server.post(APPLICATIONS, &application("pond")).await.ok();
    let get = |resources: Value, namespaces: Value, api: &str| json!([{"api": api, "resources": resources, "namespaces": namespaces, "verbs": ["get", "update"]}]);
    grant(&server, "wild", &get(json!([""]), json!([""]), "")).await;
    grant(&server, "other-api", &get(json!([""]), json!([""]), "core")).await;
    grant(
        &server,
        "binder",
        &get(json!(["applications/binding"]), json!(["tarn"]), "kubernetes"),
    )
    .await;
    let path = format!("{APPLICATIONS}/pond");
    ask(&server, "wild", "GET", &path, &json!({})).await.ok();
    ask(&server, "other-api", "GET", &path, &json!({}))
        .await
        .refused(403);
    ask(&server, "binder", "GET", &path, &json!({}))
        .await
        .refused(403);
    let binding =
        json!({"cluster": {"api": "kubernetes", "kind": "Cluster", "namespace": "tarn", "name": "c"}});
    ask(&server, "binder", "PUT", &format!("{path}/binding"), &binding)
        .await
        .ok();
    assert_eq!(
        ask(&server, "binder", "GET", "/me", &json!({})).await.ok()["roles"],
        json!(["role-of-binder"])
    );
}

/// Defect 3 of the original: a role for one namespace lists and watches all of them.
#[tokio::test]
async fn listing_and_watching_all_namespaces_needs_a_rule_for_all() {
    let server = Server::with(rbac).await;
    server
        .post("/kubernetes/namespaces/bob/applications", &application("his"))
        .await
        .ok();
    let rule = |namespace: &str, verb: &str| json!([{"api": "kubernetes", "resources": ["applications"], "namespaces": [namespace], "verbs": [verb]}]);
    grant(&server, "alice", &rule("alice", "list")).await;
    grant(&server, "carol", &rule("", "list")).await;
    grant(&server, "dave", &rule("", "list_all")).await;
    for path in ["/kubernetes/applications", "/kubernetes/applications?watch"] {
        let detail = ask(&server, "alice", "GET", path, &json!({})).await.refused(403);
        assert!(detail.contains("alice"), "{detail}");
    }
    for user in ["carol", "dave"] {
        let list = ask(&server, user, "GET", "/kubernetes/applications", &json!({}))
            .await
            .ok();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn rights_hold_from_the_moment_of_their_writing_to_that_of_their_removal() {
    let server = Server::with(rbac).await;
    let rule = json!([{"api": "kubernetes", "resources": ["applications"], "namespaces": ["tarn"], "verbs": ["list"]}]);
    for round in 0..20 {
        let user = format!("u{round}");
        ask(&server, &user, "GET", APPLICATIONS, &json!({}))
            .await
            .refused(403);
        grant(&server, &user, &rule).await;
        ask(&server, &user, "GET", APPLICATIONS, &json!({})).await.ok();
        let path = format!("/core/rolebindings/{user}");
        let mut binding = server.get(&path).await.ok();
        binding["users"] = json!([]);
        server.put(&path, &binding).await.ok();
        ask(&server, &user, "GET", APPLICATIONS, &json!({}))
            .await
            .refused(403);
    }
}

#[tokio::test]
async fn a_watch_ends_before_it_shows_what_its_user_may_no_longer_see() {
    let server = Server::with(|options| {
        rbac(options);
        options.authentication.static_user = Some("eve".to_owned());
    })
    .await;
    let as_admin = |method: &'static str, path: String, body: Value| {
        let server = &server;
        async move { ask(server, "system:admin", method, &path, &body).await.ok() }
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
