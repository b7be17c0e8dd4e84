//! Passes over what is in line, over what somebody changed, and over what nobody shall touch.

use anyhow::Result;
use serde_json::{Value, json};

use crate::scene::Scene;

const SEVERAL: &str = "
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: NAMESPACE}
stringData: {token: CANARY-42}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: NAMESPACE}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: NAMESPACE}
rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NAMESPACE}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'reg.example.test/web:1', resources: {limits: {cpu: 1000m}}}]
";

/// B3, B7
#[tokio::test]
async fn five_more_passes_write_nothing() -> Result<()> {
    let scene = Scene::new("still").await?;
    scene.units(&[
        "{name: one, path: one}",
        "{name: two, path: two, dependsOn: [one]}",
    ]);
    scene.config_map("one/map.yaml", "a", "x");
    scene.file("two/several.yaml", SEVERAL);
    scene.apply().await.exits(0);
    let inventory = scene.inventory("two").await;
    assert_eq!(
        inventory,
        ["Deployment/web", "Role/reader", "Secret/key", "Service/web"]
    );
    let map = scene.map("a").await.unwrap();
    let owner = &map["metadata"]["managedFields"][0];
    assert_eq!(
        (&owner["manager"], &owner["operation"]),
        (&json!("yake"), &json!("Apply"))
    );
    assert_eq!(map["metadata"]["labels"]["yake.alasca.cloud/unit"], "one");
    scene.writes();
    for _ in 0..5 {
        let said = scene.pass().await.exits(0);
        assert!(said.done().is_empty(), "{}", said.text);
        let seen = scene.relay.take_seen();
        assert!(seen.len() > 5, "the relay saw nothing");
        let written: Vec<_> = seen.iter().filter(|seen| seen.is_write()).collect();
        assert!(written.is_empty(), "{written:?}");
    }
    assert_eq!(scene.map("a").await, Some(map));
    Ok(())
}

/// G10
#[tokio::test]
async fn what_somebody_changed_or_deleted_is_put_right_by_the_next_pass() -> Result<()> {
    let scene = Scene::new("right").await?;
    scene.units(&["{name: one, path: one}"]);
    for name in ["a", "b", "c"] {
        scene.config_map(&format!("one/{name}.yaml"), name, "git");
    }
    scene.file(
        "one/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: NAMESPACE}\nstringData: {pin: CANARY-1}\n",
    );
    scene.apply().await.exits(0);
    let edit = json!({"data": {"value": "edited", "own": "stays"}});
    scene.change("v1", "ConfigMap", "a", edit).await?;
    scene
        .change("v1", "Secret", "s", json!({"stringData": {"pin": "CANARY-2"}}))
        .await?;
    scene.delete("ConfigMap", "b").await?;
    scene.writes();
    let said = scene.apply().await.exits(0);
    let mut done = said.done();
    done.sort();
    let of = |verb: &str, kind: &str, name: &str| format!("{verb} {kind} {}/{name}", scene.namespace);
    assert_eq!(
        done,
        [
            of("change", "ConfigMap", "a"),
            of("change", "Secret", "s"),
            of("create", "ConfigMap", "b")
        ]
    );
    assert!(!said.text.contains("CANARY"), "{}", said.text);
    let map = scene.map("a").await.unwrap();
    assert_eq!(map["data"], json!({"value": "git", "own": "stays"}));
    let secret = scene.get("v1", "Secret", "s").await.unwrap();
    assert_eq!(secret["data"]["pin"], "Q0FOQVJZLTE=");
    assert_eq!(scene.value("b").await.as_deref(), Some("git"));
    Ok(())
}

fn owns_replicas(deployment: &Value) -> bool {
    let entries = deployment["metadata"]["managedFields"].as_array().unwrap();
    let ours = entries.iter().find(|entry| entry["manager"] == "yake").unwrap();
    !ours["fieldsV1"]["f:spec"]["f:replicas"].is_null()
}

/// G11
#[tokio::test]
async fn a_member_that_is_ignored_is_let_go_of_and_keeps_the_value_that_somebody_gives_it() -> Result<()> {
    let scene = Scene::new("ignored").await?;
    scene.file("one/several.yaml", SEVERAL);
    scene.units(&["{name: one, path: one, wait: false}"]);
    scene.apply().await.exits(0);
    let deployment = async || scene.get("apps/v1", "Deployment", "web").await.unwrap();
    assert!(owns_replicas(&deployment().await));
    scene.units(&[
        "{name: one, path: one, wait: false, ignore: [{paths: [/spec/replicas], target: {kind: Deployment}}]}",
    ]);
    scene.apply().await.exits(0);
    let after = deployment().await;
    assert!(!owns_replicas(&after), "{after}");
    assert_eq!(after["spec"]["replicas"], 2, "the value stays");
    scene
        .change("apps/v1", "Deployment", "web", json!({"spec": {"replicas": 5}}))
        .await?;
    scene.writes();
    let said = scene.pass().await.exits(0);
    assert!(
        said.done().is_empty() && scene.writes().is_empty(),
        "{}",
        said.text
    );
    assert_eq!(deployment().await["spec"]["replicas"], 5);
    Ok(())
}

/// G19
#[tokio::test]
async fn a_suspended_unit_is_not_even_looked_at_and_goes_on_when_it_is_resumed() -> Result<()> {
    let scene = Scene::new("suspended").await?;
    scene.config_map("one/a.yaml", "a", "git");
    scene.config_map("two/b.yaml", "b", "git");
    scene.units(&["{name: one, path: one}", "{name: two, path: two}"]);
    scene.apply().await.exits(0);
    scene.config_map("one/a.yaml", "a", "newer");
    scene.config_map("two/b.yaml", "b", "newer");
    scene.units(&["{name: one, path: one, suspend: true}", "{name: two, path: two}"]);
    scene.writes();
    let said = scene.apply().await.exits(0);
    assert_eq!(said.unit("one").0, "Suspended");
    let seen = scene.relay.take_seen();
    let of_one: Vec<_> = seen
        .iter()
        .filter(|seen| seen.path.ends_with("/configmaps/a"))
        .collect();
    assert!(of_one.is_empty(), "{of_one:?}");
    assert_eq!(scene.value("a").await.as_deref(), Some("git"));
    assert_eq!(scene.value("b").await.as_deref(), Some("newer"));
    scene.units(&["{name: one, path: one}", "{name: two, path: two}"]);
    scene.apply().await.exits(0);
    assert_eq!(scene.value("a").await.as_deref(), Some("newer"));
    Ok(())
}

/// G19
#[tokio::test]
async fn nothing_of_a_suspended_landscape_is_touched_not_even_units_that_left_it() -> Result<()> {
    let scene = Scene::new("frozen").await?;
    scene.config_map("one/a.yaml", "a", "git");
    scene.config_map("two/b.yaml", "b", "git");
    scene.units(&["{name: one, path: one}", "{name: two, path: two}"]);
    scene.apply().await.exits(0);
    scene.config_map("one/a.yaml", "a", "newer");
    scene.landscape("  suspend: true\n", &["{name: one, path: one}"]);
    scene.writes();
    scene.apply().await.exits(0);
    assert!(scene.writes().is_empty());
    assert_eq!(scene.value("b").await.as_deref(), Some("git"));
    scene.landscape("", &["{name: one, path: one}"]);
    scene.apply().await.exits(0);
    assert_eq!(scene.value("a").await.as_deref(), Some("newer"));
    assert_eq!(scene.map("b").await, None, "its unit is gone");
    assert!(scene.inventory("two").await.is_empty());
    Ok(())
}

/// G27
#[tokio::test]
async fn a_difference_names_the_objects_and_members_that_applying_then_changes() -> Result<()> {
    let scene = Scene::new("shown").await?;
    scene.units(&[
        "{name: one, path: one}",
        "{name: two, path: two}",
        "{name: last, path: last}",
    ]);
    for name in ["a", "b", "c"] {
        scene.config_map(&format!("one/{name}.yaml"), name, "git");
    }
    scene.config_map("two/d.yaml", "d", "git");
    scene.config_map("last/f.yaml", "f", "git");
    scene.diff().await.exits(1);
    assert!(scene.writes().is_empty(), "a difference writes nothing");
    scene.apply().await.exits(0);
    scene.config_map("one/a.yaml", "a", "newer");
    scene.remove("one/b.yaml");
    scene.units(&["{name: one, path: one}", "{name: two, path: two}"]);
    scene.config_map("two/e.yaml", "e", "git");
    scene
        .change("v1", "ConfigMap", "d", json!({"data": {"value": "edited"}}))
        .await?;
    scene.writes();
    let shown = scene.diff().await.exits(1);
    assert!(scene.writes().is_empty(), "a difference writes nothing");
    let objects = shown.document.as_array().unwrap().iter();
    let mut objects: Vec<_> = objects
        .flat_map(|unit| unit["objects"].as_array().unwrap())
        .collect();
    objects.sort_by_key(|object| object["object"].as_str());
    let told: Vec<_> = objects
        .iter()
        .map(|object| {
            let name = object["object"].as_str().unwrap().rsplit('/').next().unwrap();
            (
                object["action"].as_str().unwrap(),
                name,
                object["members"].clone(),
            )
        })
        .collect();
    let value =
        |before: &str, after: &str| json!([{"pointer": "/data/value", "before": before, "after": after}]);
    let expected = [
        ("change", "a", value("git", "newer")),
        ("delete", "b", json!([])),
        ("change", "d", value("edited", "git")),
        ("create", "e", json!([])),
        ("delete", "f", json!([])),
    ];
    assert_eq!(told, expected);
    scene.apply().await.exits(0);
    let written = scene.writes().into_iter();
    let mut written: Vec<_> = written
        .filter(|write| !write.contains("/yake."))
        .map(|write| write.rsplit('/').next().unwrap().to_owned())
        .collect();
    written.sort();
    assert_eq!(written, ["a", "b", "d", "e", "f"]);
    scene.diff().await.exits(0);
    Ok(())
}
