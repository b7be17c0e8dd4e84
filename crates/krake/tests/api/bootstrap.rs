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
    let done = bootstrap(&*server.store, &documents, Existing::Keep, now())
        .await
        .unwrap();
    assert_eq!(done.created, ["Role 'a'", "Role 'b'"]);
    let before = server.get("/core/roles").await.ok();
    let again = bootstrap(&*server.store, &documents, Existing::Replace, now())
        .await
        .unwrap();
    assert_eq!((again.kept.len(), again.replaced.len()), (2, 0));
    assert_eq!(server.get("/core/roles").await.ok(), before);
}

#[tokio::test]
async fn one_bad_document_undoes_all_and_what_exists_is_kept_or_replaced() {
    let server = Server::start().await;
    bootstrap(&*server.store, &[role("old", "get")], Existing::Keep, now())
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
    let error = bootstrap(&*server.store, &documents, Existing::Keep, now())
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
        [3, 4, 5]
    );
    assert!(
        problems[2].to_string().contains("rules.0.verbs.0"),
        "{}",
        problems[2]
    );
    assert_eq!(server.get("/core/roles").await.ok(), before);
    let insert = |existing| bootstrap(&*server.store, &documents[..2], existing, now());
    let done = insert(Existing::Keep).await.unwrap();
    assert_eq!(
        (done.created.len(), done.kept.as_slice()),
        (1, ["Role 'old'".to_owned()].as_slice())
    );
    let old = server.get("/core/roles/old").await.ok();
    assert_eq!(old["rules"][0]["verbs"], json!(["get"]));
    let done = insert(Existing::Replace).await.unwrap();
    assert_eq!(done.replaced, ["Role 'old'"]);
    let replaced = server.get("/core/roles/old").await.ok();
    assert_eq!(replaced["rules"][0]["verbs"], json!(["list"]));
    assert_eq!(
        replaced["metadata"]["uid"], old["metadata"]["uid"],
        "it is the same object"
    );
}
