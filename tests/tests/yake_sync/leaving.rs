//! Objects that are gone from Git: what goes, what stays, what is in the way.

use anyhow::Result;
use kube::api::{Api, DeleteParams, DynamicObject, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

use crate::scene::{Scene, until};

/// G13
#[tokio::test]
async fn what_is_gone_from_git_goes_unless_it_is_marked_to_stay() -> Result<()> {
    let scene = Scene::new("gone").await?;
    scene.units(&["{name: one, path: one}", "{name: kept, path: kept, prune: false}"]);
    for name in ["a", "b"] {
        scene.config_map(&format!("one/{name}.yaml"), name, "git");
    }
    scene.config_map("kept/d.yaml", "d", "git");
    scene.config_map("kept/e.yaml", "e", "git");
    scene.file(
        "one/c.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: NAMESPACE\n  annotations: \
         {yake.alasca.cloud/prune: disabled}\n",
    );
    scene.apply().await.exits(0);
    for file in ["one/b.yaml", "one/c.yaml", "kept/e.yaml"] {
        scene.remove(file);
    }
    let said = scene.apply().await.exits(0);
    assert_eq!(said.done(), [format!("delete ConfigMap {}/b", scene.namespace)]);
    assert_eq!(scene.map("b").await, None);
    assert!(scene.map("c").await.is_some() && scene.map("e").await.is_some());
    assert_eq!(scene.inventory("one").await, ["ConfigMap/a"]);
    assert_eq!(scene.inventory("kept").await, ["ConfigMap/d"]);
    Ok(())
}

/// G13
#[tokio::test]
async fn an_object_that_a_finalizer_holds_is_named_with_it_and_forgotten_when_it_is_gone() -> Result<()> {
    let scene = Scene::new("held").await?;
    scene.units(&["{name: one, path: one}"]);
    scene.config_map("one/a.yaml", "a", "git");
    scene.file(
        "one/b.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: NAMESPACE, finalizers: \
         [example.test/hold]}\n",
    );
    scene.apply().await.exits(0);
    scene.remove("one/b.yaml");
    for _ in 0..2 {
        let said = scene.pass().await.exits(2);
        let (reason, message) = said.unit("one");
        assert_eq!(reason, "Progressing");
        assert!(
            message.contains("ConfigMap") && message.contains("example.test/hold"),
            "{message}"
        );
        assert_eq!(scene.inventory("one").await, ["ConfigMap/a", "ConfigMap/b"]);
    }
    scene
        .change("v1", "ConfigMap", "b", json!({"metadata": {"finalizers": null}}))
        .await?;
    scene.apply().await.exits(0);
    assert_eq!(scene.map("b").await, None);
    assert_eq!(scene.inventory("one").await, ["ConfigMap/a"]);
    Ok(())
}

/// A policy of the cluster that denies the deletion of `ConfigMap`s in one namespace.
struct Denial {
    policies: Api<DynamicObject>,
    bindings: Api<DynamicObject>,
    name: String,
}

impl Denial {
    async fn new(scene: &Scene, name: &str) -> Result<Self> {
        let api = |kind: &str| {
            let kind = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", kind);
            Api::all_with(scene.client.clone(), &ApiResource::from_gvk(&kind))
        };
        let denial = Self {
            policies: api("ValidatingAdmissionPolicy"),
            bindings: api("ValidatingAdmissionPolicyBinding"),
            name: format!("{}.sync.test", scene.namespace),
        };
        let of = |kind: &str, spec: Value| {
            serde_json::from_value(
                json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
                "metadata": {"name": denial.name}, "spec": spec}),
            )
        };
        let policy = of(
            "ValidatingAdmissionPolicy",
            json!({"matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"],
                "operations": ["DELETE"], "resources": ["configmaps"]}]},
                "matchConditions": [{"name": "here", "expression":
                    format!("request.namespace == '{}' && request.name == '{name}'", scene.namespace)}],
                "validations": [{"expression": "false", "message": "not before Monday"}]}),
        )?;
        let binding = of(
            "ValidatingAdmissionPolicyBinding",
            json!({"policyName": denial.name, "validationActions": ["Deny"]}),
        )?;
        denial.policies.create(&PostParams::default(), &policy).await?;
        denial.bindings.create(&PostParams::default(), &binding).await?;
        denial.comes_to(scene, name, true).await;
        Ok(denial)
    }

    /// Servers take in policies a little later.
    async fn comes_to(&self, scene: &Scene, name: &str, is_denied: bool) {
        let trial = DeleteParams {
            dry_run: true,
            ..DeleteParams::default()
        };
        let api = scene.api("v1", "ConfigMap");
        until("the policy is in force", async || {
            api.delete(name, &trial).await.is_err() == is_denied
        })
        .await;
    }

    async fn remove(&self) -> Result<()> {
        self.bindings.delete(&self.name, &DeleteParams::default()).await?;
        self.policies.delete(&self.name, &DeleteParams::default()).await?;
        Ok(())
    }
}

/// G13, Y13
#[tokio::test]
async fn an_object_whose_deletion_is_denied_stays_known_and_goes_by_itself_when_it_may() -> Result<()> {
    let scene = Scene::new("denied").await?;
    scene.units(&["{name: one, path: one}"]);
    scene.config_map("one/a.yaml", "a", "git");
    scene.config_map("one/b.yaml", "b", "git");
    scene.apply().await.exits(0);
    let denial = Denial::new(&scene, "b").await?;
    scene.remove("one/b.yaml");
    for _ in 0..2 {
        let said = scene.pass().await.exits(1);
        let (reason, message) = said.unit("one");
        assert_eq!(reason, "PruneFailed", "{message}");
        assert!(
            message.contains("/b is gone from Git") && message.contains("not before Monday"),
            "{message}"
        );
        assert_eq!(scene.inventory("one").await, ["ConfigMap/a", "ConfigMap/b"]);
    }
    denial.remove().await?;
    denial.comes_to(&scene, "b", false).await;
    scene.apply().await.exits(0);
    assert_eq!(scene.map("b").await, None);
    assert_eq!(scene.inventory("one").await, ["ConfigMap/a"]);
    Ok(())
}

/// Y4
#[tokio::test]
async fn a_build_that_yields_nothing_deletes_nothing_without_consent() -> Result<()> {
    let scene = Scene::new("nothing").await?;
    let names = ["a", "b", "c"];
    let fill = || {
        for name in names {
            scene.config_map(&format!("u/{name}.yaml"), name, "git");
        }
        scene.file(
            "u/keep.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: keep, namespace: NAMESPACE, annotations: \
             {yake.alasca.cloud/prune: disabled}}\n",
        );
    };
    let all_there = async || {
        for name in names {
            assert!(scene.map(name).await.is_some(), "{name}");
        }
    };
    fill();
    scene.units(&["{name: one, path: u}"]);
    scene.apply().await.exits(0);

    std::fs::rename(scene.path("u"), scene.path("u2"))?;
    let said = scene.apply().await.exits(1);
    assert_eq!(said.unit("one").0, "BuildFailed");
    all_there().await;

    std::fs::create_dir(scene.path("u"))?;
    scene.file("u/a.yaml.bak", "");
    let said = scene.apply().await.exits(1);
    assert_eq!(said.unit("one").0, "BuildFailed", "{}", said.text);
    all_there().await;

    scene.file("u/kustomization.yaml", "resources: []\n");
    let said = scene.apply().await.exits(3);
    let (reason, message) = said.unit("one");
    assert!(
        reason == "PruneBlocked" && message.contains("3 objects"),
        "{message}"
    );
    let shown = scene.diff().await;
    assert!(
        shown.code != Some(0) && shown.text.contains("delete"),
        "{}",
        shown.text
    );
    all_there().await;

    std::fs::remove_dir_all(scene.path("u"))?;
    fill();
    for name in names {
        scene.remove(&format!("u/{name}.yaml"));
    }
    let said = scene.apply().await.exits(3);
    assert_eq!(
        said.unit("one").0,
        "PruneBlocked",
        "one that always stays does not count"
    );
    all_there().await;

    scene.units(&["{name: one, path: u, allowEmpty: true}"]);
    scene.apply().await.exits(0);
    for name in names {
        assert_eq!(scene.map(name).await, None);
    }
    assert!(scene.map("keep").await.is_some());
    Ok(())
}

/// Y13
#[tokio::test]
async fn what_a_failed_pass_made_is_known_and_goes_when_git_drops_it() -> Result<()> {
    let scene = Scene::new("quota").await?;
    let other = scene.cluster.namespace("quota-of").await?;
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "ResourceQuota"));
    let quotas: Api<DynamicObject> = Api::namespaced_with(scene.client.clone(), &other.name, &resource);
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "two"},
        "spec": {"hard": {"count/configmaps": "2"}}});
    quotas
        .create(&PostParams::default(), &serde_json::from_value(quota)?)
        .await?;
    // The cluster's own certificates take one.
    until("the quota counts", async || {
        let quota = quotas.get("two").await.unwrap();
        quota.data["status"]["used"]["count/configmaps"] == "1"
    })
    .await;
    scene.units(&["{name: one, path: one}"]);
    for name in ["a", "b"] {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {}}}\n",
            other.name
        );
        scene.file(&format!("one/{name}.yaml"), &text);
    }
    let said = scene.pass().await;
    assert_ne!(said.code, Some(0));
    let (_, message) = said.unit("one");
    assert!(message.contains("exceeded quota: two"), "{message}");
    let maps: Api<DynamicObject> = Api::namespaced_with(
        scene.client.clone(),
        &other.name,
        &ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "ConfigMap")),
    );
    let there = async || {
        let (a, b) = (maps.get_opt("a").await.unwrap(), maps.get_opt("b").await.unwrap());
        usize::from(a.is_some()) + usize::from(b.is_some())
    };
    assert_eq!(there().await, 1, "one was made, one was refused");
    assert_eq!(scene.inventory("one").await, ["ConfigMap/a", "ConfigMap/b"]);
    scene.remove("one/a.yaml");
    scene.remove("one/b.yaml");
    scene.file(
        "one/account.yaml",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: account, namespace: NAMESPACE}\n",
    );
    scene.apply().await.exits(0);
    assert_eq!(there().await, 0);
    assert_eq!(scene.inventory("one").await, ["ServiceAccount/account"]);
    Ok(())
}
