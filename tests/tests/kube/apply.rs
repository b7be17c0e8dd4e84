//! Objects are applied, read, given up in part and removed.

use std::collections::BTreeMap;

use common::kube::{
    ApplyOptions, Class, Commit, Conflicts, Deleted, Failure, Fields, Outcome, Previous, Propagation,
};
use serde_json::{Value, json};

use crate::space::{Space, until};

fn us() -> ApplyOptions {
    ApplyOptions {
        previous: Previous::Read,
        ..ApplyOptions::new("us")
    }
}

fn config_map(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "moss"}, "data": data})
}

#[tokio::test]
async fn an_object_is_created_left_alone_changed_and_deleted() {
    let space = Space::new().await;
    let connection = &space.connection;
    let one = config_map(&json!({"a": "1"}));
    let created = connection.apply(&one, &us()).await.unwrap();
    assert_eq!(created.outcome, Outcome::Created);
    assert_eq!(created.id.namespace.as_ref(), Some(&space.namespace));
    let again = connection.apply(&one, &us()).await.unwrap();
    assert_eq!(again.outcome, Outcome::Unchanged);
    assert_eq!(
        again.object["metadata"]["resourceVersion"],
        created.object["metadata"]["resourceVersion"]
    );
    let changed = connection
        .apply(&config_map(&json!({"b": "2"})), &us())
        .await
        .unwrap();
    assert_eq!(changed.outcome, Outcome::Changed);
    assert_eq!(changed.object["data"], json!({"b": "2"}));

    let found = connection.get(&created.id).await.unwrap().unwrap();
    assert_eq!(found["data"], json!({"b": "2"}));
    let metadata = connection.get_metadata(&created.id).await.unwrap().unwrap();
    assert_eq!(metadata["metadata"]["uid"], found["metadata"]["uid"]);
    assert!(metadata.get("data").is_none());

    let delete = |uid| connection.delete(&created.id, Propagation::Background, uid);
    assert_eq!(delete(Some("another")).await.unwrap(), Deleted::Absent);
    assert!(connection.get(&created.id).await.unwrap().is_some());
    assert_eq!(
        delete(found["metadata"]["uid"].as_str()).await.unwrap(),
        Deleted::Gone
    );
    assert_eq!(delete(None).await.unwrap(), Deleted::Absent);
    assert_eq!(connection.get(&created.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_dry_run_keeps_nothing() {
    let space = Space::new().await;
    let dry = ApplyOptions {
        commit: Commit::DryRun,
        ..us()
    };
    let applied = space
        .connection
        .apply(&config_map(&json!({"a": "1"})), &dry)
        .await
        .unwrap();
    assert_eq!(applied.outcome, Outcome::Created);
    assert_eq!(space.connection.get(&applied.id).await.unwrap(), None);
}

#[tokio::test]
async fn members_of_others_are_reported_or_taken() {
    let space = Space::new().await;
    let connection = &space.connection;
    let theirs = ApplyOptions::new("them");
    connection
        .apply(&config_map(&json!({"a": "theirs", "b": "theirs"})), &theirs)
        .await
        .unwrap();
    let ours = config_map(&json!({"a": "ours"}));
    let careful = ApplyOptions {
        conflicts: Conflicts::Report,
        ..us()
    };
    let error = connection.apply(&ours, &careful).await.unwrap_err();
    assert_eq!(error.class(), Class::Permanent);
    let Failure::Conflict { owners } = &error.failure else {
        panic!("{error}")
    };
    assert_eq!(
        (owners[0].manager.as_str(), owners[0].field.as_str()),
        ("them", ".data.a")
    );
    let taken = connection.apply(&ours, &us()).await.unwrap();
    assert_eq!(taken.object["data"], json!({"a": "ours", "b": "theirs"}));
}

#[tokio::test]
async fn what_the_server_refuses_is_named() {
    let space = Space::new().await;
    let refused = async |object: Value| {
        let error = space.connection.apply(&object, &us()).await.unwrap_err();
        assert_eq!(error.class(), Class::Permanent, "{error}");
        let Failure::Refused { causes, .. } = error.failure else {
            panic!("{error}")
        };
        causes.into_iter().map(|cause| cause.field).collect::<Vec<_>>()
    };
    let mut odd = config_map(&json!({"a": "1"}));
    odd["dataa"] = json!({});
    assert_eq!(refused(odd).await, ["dataa"]);
    assert_eq!(refused(config_map(&json!({"a": 1}))).await, ["data.a"]);
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "well"}, "spec": {"ports": [
        {"name": "web", "port": 80}, {"name": "web", "port": 81}]}});
    assert_eq!(refused(service).await, ["spec.ports[1].name"]);
}

#[tokio::test]
async fn unknown_kinds_and_missing_namespaces_are_worth_waiting_for() {
    let space = Space::new().await;
    let object = json!({"apiVersion": "moor.example/v1", "kind": "Heath", "metadata": {"name": "a"}});
    let error = space.connection.apply(&object, &us()).await.unwrap_err();
    assert!(matches!(error.failure, Failure::UnknownKind { .. }), "{error}");
    assert_eq!(error.class(), Class::Waiting);
    let mut stray = config_map(&json!({}));
    stray["metadata"]["namespace"] = json!("no-such-place");
    let error = space.connection.apply(&stray, &us()).await.unwrap_err();
    assert_eq!(error.class(), Class::Waiting, "{error}");
}

/// A custom resource definition of this test alone.
pub(crate) fn definition(group: &str, scope: &str) -> Value {
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("heaths.{group}")},
        "spec": {"group": group, "scope": scope,
            "names": {"plural": "heaths", "singular": "heath", "kind": "Heath", "listKind": "HeathList"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
                {"type": "object", "properties": {"spec": {"type": "object",
                    "x-kubernetes-preserve-unknown-fields": true}}}}}]}})
}

#[tokio::test]
async fn custom_resources_of_both_scopes_are_applied_as_soon_as_they_are_known() {
    let space = Space::new().await;
    let connection = &space.connection;
    for scope in ["Namespaced", "Cluster"] {
        let group = format!("{}.{}.example", scope.to_lowercase(), space.namespace);
        let definition = connection.apply(&definition(&group, scope), &us()).await.unwrap();
        let object = json!({"apiVersion": format!("{group}/v1"), "kind": "Heath",
            "metadata": {"name": "a"}, "spec": {"x": 1}});
        let applied = until(async || connection.apply(&object, &us()).await.ok()).await;
        assert_eq!(applied.id.namespace.is_some(), scope == "Namespaced");
        assert!(connection.get(&applied.id).await.unwrap().is_some());
        connection
            .delete(&definition.id, Propagation::Foreground, None)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn members_given_up_keep_their_value_and_may_be_changed_by_anybody() {
    let space = Space::new().await;
    let connection = &space.connection;
    let manifest = config_map(&json!({"mine": "1", "free": "1"}));
    let applied = connection.apply(&manifest, &us()).await.unwrap();
    let mine = Fields::Members(BTreeMap::from([("mine".to_owned(), Fields::All)]));
    let owned = Fields::Members(BTreeMap::from([("data".to_owned(), mine)]));
    let trimmed = connection
        .own_only(&applied.object, &manifest, &owned, "us")
        .await
        .unwrap();
    assert_eq!(trimmed["data"], manifest["data"]);

    let careful = ApplyOptions {
        conflicts: Conflicts::Report,
        ..ApplyOptions::new("them")
    };
    let theirs = connection
        .apply(&config_map(&json!({"free": "2"})), &careful)
        .await
        .unwrap();
    assert_eq!(theirs.object["data"], json!({"mine": "1", "free": "2"}));
    let error = connection
        .apply(&config_map(&json!({"mine": "2"})), &careful)
        .await
        .unwrap_err();
    assert!(matches!(error.failure, Failure::Conflict { .. }), "{error}");

    // The whole manifest may be applied again, and a member that it no longer names stays.
    let shorter = connection
        .apply(&config_map(&json!({"mine": "3"})), &us())
        .await
        .unwrap();
    assert_eq!(shorter.object["data"], json!({"mine": "3", "free": "2"}));
}

#[tokio::test]
async fn everything_given_up_leaves_an_object_that_nobody_owns() {
    let space = Space::new().await;
    let manifest = config_map(&json!({"a": "1"}));
    let applied = space.connection.apply(&manifest, &us()).await.unwrap();
    let nothing = Fields::Members(BTreeMap::new());
    let trimmed = space
        .connection
        .own_only(&applied.object, &manifest, &nothing, "us")
        .await
        .unwrap();
    assert_eq!(trimmed["data"], manifest["data"]);
    assert_eq!(trimmed["metadata"].get("managedFields"), None);
    let again = space.connection.apply(&manifest, &us()).await.unwrap();
    assert_eq!(again.object["metadata"]["managedFields"][0]["manager"], "us");
}
