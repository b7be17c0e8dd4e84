//! Objects that others made, or claim as well.

use anyhow::Result;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;

use crate::scene::Scene;

/// G9
#[tokio::test]
async fn an_object_of_kubectl_is_taken_over_and_loses_what_git_no_longer_names() -> Result<()> {
    let scene = Scene::new("taken").await?;
    // What `kubectl apply` sends and leaves behind, without `--server-side`.
    let applied = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": scene.namespace},
        "data": {"value": "old", "more": "old"}});
    let mut object = applied.clone();
    object["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/last-applied-configuration": applied.to_string()});
    let as_kubectl = PostParams {
        field_manager: Some("kubectl-client-side-apply".to_owned()),
        ..PostParams::default()
    };
    let object = serde_json::from_value(object)?;
    scene.api("v1", "ConfigMap").create(&as_kubectl, &object).await?;
    let uid = scene.uid("a").await;
    scene.units(&["{name: one, path: one}"]);
    scene.config_map("one/a.yaml", "a", "new");
    scene.apply().await.exits(0);
    let map = scene.map("a").await.unwrap();
    assert_eq!(
        map["data"],
        json!({"value": "new"}),
        "what kubectl applied and Git has not is gone"
    );
    assert_eq!(scene.uid("a").await, uid);
    let managers = map["metadata"]["managedFields"].as_array().unwrap();
    let managers: Vec<_> = managers
        .iter()
        .map(|entry| (entry["manager"].as_str(), entry["operation"].as_str()))
        .collect();
    assert_eq!(managers, [(Some("yake"), Some("Apply"))]);
    scene.file(
        "one/a.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: NAMESPACE}\ndata: {other: x}\n",
    );
    scene.apply().await.exits(0);
    assert_eq!(scene.map("a").await.unwrap()["data"], json!({"other": "x"}));
    Ok(())
}

/// Y17
#[tokio::test]
async fn what_carries_copied_labels_is_neither_adopted_nor_deleted() -> Result<()> {
    let scene = Scene::new("copied").await?;
    scene.units(&["{name: one, path: one}"]);
    scene.config_map("one/pool.yaml", "pool", "git");
    scene.config_map("one/stays.yaml", "stays", "git");
    scene.apply().await.exits(0);
    let pool = scene.map("pool").await.unwrap();
    let copy = |name: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"by": "operator"}, "metadata": {
            "name": name, "namespace": scene.namespace, "labels": pool["metadata"]["labels"]}})
    };
    scene.create(&copy("copy")).await?;
    let mut owned = copy("owned");
    owned["metadata"]["ownerReferences"] = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "pool",
        "uid": pool["metadata"]["uid"]}]);
    scene.create(&owned).await?;
    let before = (scene.map("copy").await, scene.map("owned").await);
    for _ in 0..2 {
        scene.pass().await.exits(0);
    }
    scene.delete("ConfigMap", "yake.land.one").await?;
    for _ in 0..2 {
        scene.pass().await.exits(0);
    }
    assert_eq!((scene.map("copy").await, scene.map("owned").await), before);
    assert_eq!(
        scene.inventory("one").await,
        ["ConfigMap/pool", "ConfigMap/stays"]
    );
    scene.remove("one/pool.yaml");
    scene.apply().await.exits(0);
    assert_eq!(scene.map("pool").await, None);
    assert_eq!(scene.map("copy").await, before.0);
    Ok(())
}

/// G15
#[tokio::test]
async fn an_object_that_two_units_want_is_left_as_it_is_and_both_say_so() -> Result<()> {
    let scene = Scene::new("both").await?;
    scene.units(&[
        "{name: one, path: one}",
        "{name: two, path: two}",
        "{name: three, path: three}",
    ]);
    scene.config_map("one/a.yaml", "a", "one");
    scene.config_map("two/b.yaml", "b", "two");
    scene.config_map("three/c.yaml", "c", "three");
    scene.apply().await.exits(0);
    let before = scene.map("a").await;
    scene.config_map("one/a.yaml", "a", "changed");
    scene.config_map("two/a.yaml", "a", "two");
    scene.config_map("two/new.yaml", "new", "two");
    scene.config_map("three/c.yaml", "c", "newer");
    let said = scene.apply().await.exits(1);
    for (unit, other) in [("one", "two"), ("two", "one")] {
        let (reason, message) = said.unit(unit);
        assert_eq!(reason, "ValidationFailed", "{message}");
        let other = format!("{}/land/{other}", scene.namespace);
        assert!(
            message.contains(&other) && message.contains(&format!("{unit}/a.yaml:1")),
            "{message}"
        );
    }
    assert_eq!(scene.map("a").await, before);
    assert_eq!(scene.map("new").await, None, "nothing of the unit was applied");
    assert_eq!(
        scene.value("c").await.as_deref(),
        Some("newer"),
        "the others go on"
    );
    scene.remove("two/a.yaml");
    scene.apply().await.exits(0);
    assert_eq!(scene.value("a").await.as_deref(), Some("changed"));
    Ok(())
}

/// G10: what is being deleted by somebody else comes back once it is gone.
#[tokio::test]
async fn a_wanted_object_that_is_being_deleted_is_awaited_and_made_anew() -> Result<()> {
    let scene = Scene::new("anew").await?;
    scene.units(&["{name: one, path: one}"]);
    scene.config_map("one/a.yaml", "a", "git");
    scene.apply().await.exits(0);
    let hold = json!({"metadata": {"finalizers": ["example.test/hold"]}});
    scene.change("v1", "ConfigMap", "a", hold).await?;
    let uid = scene.uid("a").await;
    scene
        .api("v1", "ConfigMap")
        .delete("a", &DeleteParams::default())
        .await?;
    let said = scene.pass().await;
    assert_eq!(said.unit("one").0, "Progressing", "{}", said.text);
    scene
        .change("v1", "ConfigMap", "a", json!({"metadata": {"finalizers": null}}))
        .await?;
    scene.apply().await.exits(0);
    let now = scene.uid("a").await;
    assert!(now.is_some() && now != uid);
    Ok(())
}
