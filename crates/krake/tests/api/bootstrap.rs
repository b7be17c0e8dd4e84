//! First objects: all or none.

use krake::server::{BootstrapError, Existing, bootstrap};
use serde_json::{Value, json};

use crate::harness::{Server, now};

fn role(name: &str, verb: &str) -> Value {
    json!({
        "api": "core",
        "kind": "Role",
        "metadata": {"name": name},
        "rules": [{"api": "core", "resources": ["roles"], "namespaces": [""], "verbs": [verb]}],
    })
}

#[tokio::test]
async fn documents_are_inserted_once_and_again_without_effect() {
    let server = Server::start().await;
    let documents = [role("a", "get"), role("b", "get")];
    let done = bootstrap(&*server.store, &documents, Existing::Refuse, now())
        .await
        .unwrap();
    assert_eq!(done.created, ["Role 'a'", "Role 'b'"]);
    let before = server.get("/core/roles").await.ok();
    let again = bootstrap(&*server.store, &documents, Existing::Replace, now())
        .await
        .unwrap();
    assert_eq!((again.unchanged.len(), again.replaced.len()), (2, 0));
    assert_eq!(server.get("/core/roles").await.ok(), before);
}

#[tokio::test]
async fn one_bad_document_or_existing_object_undoes_all() {
    let server = Server::start().await;
    bootstrap(&*server.store, &[role("old", "get")], Existing::Refuse, now())
        .await
        .unwrap();
    let before = server.get("/core/roles").await.ok();
    let mut nameless = role("x", "get");
    nameless["metadata"] = json!({});
    let application = json!({"api": "kubernetes", "kind": "Application", "metadata": {"name": "pond"}});
    let documents = [
        role("new", "get"),
        role("old", "list"),
        nameless,
        application,
        role("bad", "fly"),
    ];
    let error = bootstrap(&*server.store, &documents, Existing::Refuse, now())
        .await
        .unwrap_err();
    let BootstrapError::Documents(problems) = error else {
        panic!("{error}")
    };
    assert_eq!(
        problems
            .iter()
            .map(|problem| problem.position)
            .collect::<Vec<_>>(),
        [2, 3, 4, 5]
    );
    assert!(
        problems[0].to_string().contains("Role 'old' already exists"),
        "{}",
        problems[0]
    );
    assert!(
        problems[3].to_string().contains("rules.0.verbs.0"),
        "{}",
        problems[3]
    );
    assert_eq!(server.get("/core/roles").await.ok(), before);
    let done = bootstrap(&*server.store, &documents[..2], Existing::Replace, now())
        .await
        .unwrap();
    assert_eq!(
        (done.created.len(), done.replaced),
        (1, vec!["Role 'old'".to_owned()])
    );
    assert_eq!(
        server.get("/core/roles/old").await.ok()["rules"][0]["verbs"],
        json!(["list"])
    );
}
