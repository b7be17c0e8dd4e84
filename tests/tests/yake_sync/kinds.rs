//! Definitions and what is made of them, and one object under two names.

use anyhow::Result;
use kube::api::{Api, DeleteParams};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::Value;

use crate::scene::{Scene, until};

fn definition(scene: &Scene, group: &str) -> String {
    let group = format!("{}.{group}", scene.namespace);
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: widgets.{group}}}\nspec:\n  \
         group: {group}\n  scope: Namespaced\n  names: {{plural: widgets, singular: widget, kind: Widget, listKind: \
         WidgetList}}\n  versions:\n  - {{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: \
         object, properties: {{spec: {{type: object, properties: {{size: {{type: integer}}}}}}}}}}}}}}\n"
    )
}

fn widget(group: &str) -> String {
    format!(
        "apiVersion: NAMESPACE.{group}/v1\nkind: Widget\nmetadata: {{name: w, namespace: NAMESPACE}}\nspec: {{size: 3}}\n"
    )
}

fn definitions(scene: &Scene) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    Api::all_with(scene.client.clone(), &ApiResource::from_gvk(&kind))
}

/// G22
#[tokio::test]
async fn a_definition_and_its_object_come_in_one_go_and_the_definition_does_not_go_without_consent()
-> Result<()> {
    let scene = Scene::new("widgets").await?;
    scene.units(&["{name: one, path: one}"]);
    scene.config_map("one/a.yaml", "a", "git");
    scene.file("one/definition.yaml", &definition(&scene, "sync.test"));
    scene.file("one/widget.yaml", &widget("sync.test"));
    scene.apply().await.exits(0);
    let group = format!("{}.sync.test/v1", scene.namespace);
    assert_eq!(scene.get(&group, "Widget", "w").await.unwrap()["spec"]["size"], 3);
    let name = format!("widgets.{}.sync.test", scene.namespace);
    let before = definitions(&scene).get(&name).await?.metadata.uid;
    scene.remove("one/definition.yaml");
    let said = scene.apply().await.exits(3);
    let (reason, message) = said.unit("one");
    assert_eq!(reason, "PruneBlocked");
    assert!(
        message.contains(&name) && message.contains("yake.alasca.cloud/remove"),
        "{message}"
    );
    assert_eq!(definitions(&scene).get(&name).await?.metadata.uid, before);
    assert!(scene.get(&group, "Widget", "w").await.is_some());
    definitions(&scene)
        .delete(&name, &DeleteParams::default())
        .await?;
    Ok(())
}

/// G22: over the border of units, and a consent that is committed.
#[tokio::test]
async fn a_definition_serves_another_unit_and_goes_when_git_says_so() -> Result<()> {
    let scene = Scene::new("consent").await?;
    scene.units(&[
        "{name: objects, path: objects, dependsOn: [kinds]}",
        "{name: kinds, path: kinds}",
    ]);
    scene.config_map("kinds/a.yaml", "a", "git");
    scene.config_map("objects/b.yaml", "b", "git");
    scene.file("kinds/definition.yaml", &definition(&scene, "sync.test"));
    scene.file("objects/widget.yaml", &widget("sync.test"));
    scene.apply().await.exits(0);
    scene.remove("objects/widget.yaml");
    let marked = definition(&scene, "sync.test").replace(
        "metadata: {name:",
        "metadata: {annotations: {yake.alasca.cloud/remove: \"true\", confirmation.gardener.cloud/deletion: \"true\"}, \
         name:",
    );
    scene.file("kinds/definition.yaml", &marked);
    scene.apply().await.exits(0);
    let name = format!("widgets.{}.sync.test", scene.namespace);
    until("it is gone", async || {
        definitions(&scene).get_opt(&name).await.unwrap().is_none()
    })
    .await;
    assert_eq!(scene.inventory("kinds").await, ["ConfigMap/a"]);
    scene.apply().await.exits(0);
    assert_eq!(
        scene.inventory("objects").await,
        ["ConfigMap/b"],
        "its kind is gone, and it with it"
    );
    scene.remove("kinds/definition.yaml");
    scene.apply().await.exits(0);
    Ok(())
}

const OLD: &str = "apiVersion: v1
kind: Event
metadata: {name: alias, namespace: NAMESPACE}
involvedObject: {apiVersion: v1, kind: Namespace, name: NAMESPACE, namespace: NAMESPACE}
reportingComponent: example.test/reporter
reportingInstance: one
action: Testing
reason: Test
type: Normal
eventTime: '2026-01-01T00:00:00.000000Z'
";
const NEW: &str = "apiVersion: events.k8s.io/v1
kind: Event
metadata: {name: alias, namespace: NAMESPACE}
regarding: {apiVersion: v1, kind: Namespace, name: NAMESPACE, namespace: NAMESPACE}
reportingController: example.test/reporter
reportingInstance: one
action: Testing
reason: Test
type: Normal
eventTime: '2026-01-01T00:00:00.000000Z'
";

/// Y3
#[tokio::test]
async fn an_object_that_moves_to_another_group_of_its_kind_is_the_same_object() -> Result<()> {
    let scene = Scene::new("alias").await?;
    scene.units(&["{name: one, path: one}"]);
    scene.config_map("one/a.yaml", "a", "git");
    scene.file("one/event.yaml", OLD);
    scene.apply().await.exits(0);
    let uid = async || Some(scene.get("v1", "Event", "alias").await?["metadata"]["uid"].clone());
    let before = uid().await;
    assert!(before.as_ref().is_some_and(Value::is_string));
    scene.file("one/event.yaml", NEW);
    let shown = scene.diff().await;
    assert!(
        !shown.text.contains("delete") && !shown.text.contains("create"),
        "{}",
        shown.text
    );
    scene.writes();
    scene.apply().await.exits(0);
    scene.apply().await.exits(0);
    assert_eq!(uid().await, before);
    assert!(scene.writes().iter().all(|write| !write.starts_with("DELETE")));
    let map = scene.map("yake.land.one").await.unwrap();
    let lines = map["data"]["objects"].as_str().unwrap();
    assert!(
        lines.contains("events.k8s.io/v1 Event") && !lines.contains("\nv1 Event"),
        "{lines}"
    );
    scene.remove("one/event.yaml");
    scene.apply().await.exits(0);
    assert_eq!(uid().await, None);
    let deletions = scene
        .writes()
        .into_iter()
        .filter(|write| write.starts_with("DELETE"));
    assert_eq!(deletions.count(), 1);
    Ok(())
}

/// Y3: kind and name alone do not make two objects one.
#[tokio::test]
async fn an_object_of_another_group_with_the_same_kind_and_name_is_still_pruned() -> Result<()> {
    let scene = Scene::new("twins").await?;
    scene.units(&["{name: one, path: one}"]);
    for group in ["one.test", "two.test"] {
        scene.file(&format!("one/{group}.yaml"), &definition(&scene, group));
    }
    scene.file("one/widget.yaml", &widget("one.test"));
    scene.apply().await.exits(0);
    scene.file("one/widget.yaml", &widget("two.test"));
    scene.apply().await.exits(0);
    let there = async |group: &str| {
        let api_version = format!("{}.{group}/v1", scene.namespace);
        scene.get(&api_version, "Widget", "w").await.is_some()
    };
    assert!(there("two.test").await && !there("one.test").await);
    for group in ["one.test", "two.test"] {
        let name = format!("widgets.{}.{group}", scene.namespace);
        definitions(&scene)
            .delete(&name, &DeleteParams::default())
            .await?;
    }
    Ok(())
}
