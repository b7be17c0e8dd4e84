//! Units that are refused: what they say, and that the others go on.

use std::collections::BTreeMap;

use alasca_tests::confined;
use anyhow::Result;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding};
use kube::api::{Api, DeleteParams, PostParams};
use serde_json::{Value, json};

use crate::scene::{Scene, until};

/// G16
#[tokio::test]
async fn units_follow_those_that_they_depend_on_and_cycles_and_missing_names_are_refused() -> Result<()> {
    let scene = Scene::new("chain").await?;
    for name in ["a", "b", "c"] {
        scene.config_map(&format!("{name}/map.yaml"), name, "git");
    }
    scene.units(&[
        "{name: third, path: c, dependsOn: [second]}",
        "{name: second, path: b, dependsOn: [first]}",
        "{name: first, path: a}",
    ]);
    scene.writes();
    scene.apply().await.exits(0);
    let writes = scene.writes().into_iter();
    let made: Vec<_> = writes
        .filter(|write| !write.contains("/yake."))
        .map(|write| write.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(made, ["a", "b", "c"]);
    for (dependency, word) in [("third", "third"), ("nowhere", "nowhere")] {
        scene.units(&[
            "{name: third, path: c, dependsOn: [second]}",
            "{name: second, path: b, dependsOn: [first]}",
            &format!("{{name: first, path: a, dependsOn: [{dependency}]}}"),
        ]);
        let said = scene.apply().await;
        assert!(
            said.code.is_some_and(|code| code != 0) && said.text.contains(word),
            "{}",
            said.text
        );
        assert!(scene.writes().is_empty());
    }
    Ok(())
}

/// G16
#[tokio::test]
async fn a_unit_waits_for_one_that_fails_and_nobody_else_does() -> Result<()> {
    let scene = Scene::new("waits").await?;
    for name in ["a", "b", "c"] {
        scene.config_map(&format!("{name}/map.yaml"), name, "git");
    }
    scene.file(
        "a/bad.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad, namespace: NAMESPACE}\nspec: {}\n",
    );
    scene.units(&[
        "{name: first, path: a}",
        "{name: second, path: b, dependsOn: [first]}",
        "{name: other, path: c}",
    ]);
    let said = scene.pass().await.exits(1);
    assert_eq!(said.unit("second").0, "DependencyNotReady");
    assert_eq!(scene.map("b").await, None);
    assert_eq!(said.unit("other").0, "ReconciliationSucceeded");
    Ok(())
}

/// G23
#[tokio::test]
async fn nothing_of_a_unit_with_one_wrong_object_is_applied_and_the_place_is_named() -> Result<()> {
    let scene = Scene::new("wrong").await?;
    scene.config_map("good/a.yaml", "a", "git");
    scene.config_map("bad/b.yaml", "b", "git");
    scene.units(&["{name: bad, path: bad}", "{name: good, path: good}"]);
    let head =
        "# a comment\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: NAMESPACE}\n";
    let rest = "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: \
                {containers: [{name: web, image: x}]}\n";
    for (spec, words) in [
        ("spec:\n  replica: 2\n", vec!["bad/web.yaml:2", "replica"]),
        ("spec:\n  replicas: many\n", vec!["bad/web.yaml:2", "replicas"]),
        ("spec:\n  replicas: -1\n", vec!["bad/web.yaml:2", "spec.replicas"]),
        (
            "spec:\n  replicas: 1\n  replicas: 2\n",
            vec!["bad/web.yaml:", "replicas"],
        ),
        ("spec: [\n", vec!["bad/web.yaml"]),
    ] {
        scene.file("bad/web.yaml", &format!("{head}{spec}{rest}"));
        let said = scene.apply().await.exits(1);
        let (reason, message) = said.unit("bad");
        assert!(
            matches!(reason, "ValidationFailed" | "BuildFailed"),
            "{reason}: {message}"
        );
        assert!(
            words.iter().all(|word| message.contains(word)),
            "{words:?} {message}"
        );
        assert_eq!(scene.map("b").await, None, "{spec}");
        assert_eq!(said.unit("good").0, "ReconciliationSucceeded");
    }
    assert!(scene.map("a").await.is_some());
    Ok(())
}

/// All wrong objects are told at once.
#[tokio::test]
async fn every_wrong_object_of_a_unit_is_told() -> Result<()> {
    let scene = Scene::new("every").await?;
    scene.units(&["{name: bad, path: bad}"]);
    for name in ["a", "b"] {
        scene.file(
            &format!("bad/{name}.yaml"),
            &format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: NAMESPACE}}\nnope: 1\n"
            ),
        );
    }
    let said = scene.apply().await.exits(1);
    let (_, message) = said.unit("bad");
    assert!(
        message.contains("bad/a.yaml:1") && message.contains("bad/b.yaml:1"),
        "{message}"
    );
    Ok(())
}

/// Rights of an account on one kind of the whole cluster, for as long as it lives.
struct Rights {
    roles: Api<ClusterRole>,
    bindings: Api<ClusterRoleBinding>,
    name: String,
}

impl Rights {
    async fn new(scene: &Scene, account: &Value) -> Result<Self> {
        let rights = Self {
            roles: Api::all(scene.client.clone()),
            bindings: Api::all(scene.client.clone()),
            name: format!("{}-sync", scene.namespace),
        };
        let role = json!({"metadata": {"name": rights.name}, "rules": [
            {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}]});
        let binding = json!({"metadata": {"name": rights.name}, "subjects": [account], "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": rights.name}});
        rights
            .roles
            .create(&PostParams::default(), &serde_json::from_value(role)?)
            .await?;
        rights
            .bindings
            .create(&PostParams::default(), &serde_json::from_value(binding)?)
            .await?;
        Ok(rights)
    }

    async fn end(self) -> Result<()> {
        self.bindings.delete(&self.name, &DeleteParams::default()).await?;
        self.roles.delete(&self.name, &DeleteParams::default()).await?;
        Ok(())
    }
}

/// G26
#[tokio::test]
async fn a_kind_without_rights_fails_its_unit_with_verb_kind_and_namespace_and_no_other() -> Result<()> {
    let scene = Scene::new("rights").await?;
    let other = scene.cluster.namespace("rights-of").await?;
    let kubeconfig = confined::by_token(&scene.cluster, &other.name).await?;
    let name: BTreeMap<String, Value> = serde_json::from_value(json!({"kind": "ServiceAccount",
        "name": confined::NAME, "namespace": other.name}))?;
    let rights = Rights::new(&scene, &json!(name)).await?;
    scene.kubeconfig(&kubeconfig);
    scene.config_map("good/a.yaml", "a", "git");
    scene.config_map("bad/b.yaml", "b", "git");
    scene.file(
        "bad/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: NAMESPACE}\nstringData: {pin: CANARY-1}\n",
    );
    scene.units(&["{name: good, path: good}"]);
    until("the rights are in force", async || {
        scene.pass().await.code == Some(0)
    })
    .await;
    scene.units(&["{name: bad, path: bad}", "{name: good, path: good}"]);
    scene.config_map("good/a.yaml", "a", "newer");
    let said = scene.apply().await.exits(1);
    let (_, message) = said.unit("bad");
    for word in ["get", "secrets", &scene.namespace] {
        assert!(message.contains(word), "{word}: {message}");
    }
    assert!(!said.text.contains("CANARY"));
    assert_eq!(scene.map("b").await, None);
    assert_eq!(said.unit("good").0, "ReconciliationSucceeded");
    assert_eq!(scene.value("a").await.as_deref(), Some("newer"));
    rights.end().await
}

/// Y9
#[tokio::test]
async fn a_refused_secret_is_told_by_its_path_and_never_by_its_value() -> Result<()> {
    let scene = Scene::new("secret").await?;
    scene.units(&["{name: one, path: one}"]);
    scene.config_map("one/a.yaml", "a", "git");
    for body in [
        "stringData: {pin: 40917733}",
        "stringData: {list: [CANARY-LIST]}",
        "data: {pin: 40917733}",
        "data: {pin: [CANARY-LIST]}",
        "data: {raw: '!CANARY-2'}",
        "type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: CANARY3}",
        "stringDatas: {pin: '40917733'}",
    ] {
        scene.file(
            "one/secret.yaml",
            &format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: NAMESPACE}}\n{body}\n"),
        );
        for command in [&["apply", "--timeout", "20s"][..], &["diff"]] {
            let said = scene.run(command).await;
            assert_ne!(said.code, Some(0), "{body}");
            let is_told = ["CANARY", "40917733", "Q0FOQVJZ"]
                .iter()
                .any(|word| said.text.contains(word));
            assert!(!is_told, "{body}: {}", said.text);
            assert!(said.text.contains("one/secret.yaml:1"), "{body}: {}", said.text);
        }
        assert_eq!(scene.map("a").await, None, "nothing of the unit was applied");
    }
    Ok(())
}
