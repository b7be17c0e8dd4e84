//! `yake check` with a cluster: what only a real API server knows.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use alasca_tests::gardener;
use alasca_tests::lab::{ExtraCluster, Lab, LabCluster};
use anyhow::Result;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Api;
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams, ValidationDirective};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

/// The binary, built beside the tests; exit code and `RULE path` of all findings.
fn check(folder: &Path, more: &[&str]) -> (Option<i32>, Vec<String>) {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("yake");
    let output = Command::new(program)
        .args(["check", "landscape", "-o", "json"])
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    let findings = report["findings"].as_array().unwrap();
    let member = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = findings
        .iter()
        .map(|finding| format!("{} {}", member(finding, "rule"), member(finding, "path")));
    (output.status.code(), findings.collect())
}

fn definition(group: &str) -> CustomResourceDefinition {
    serde_json::from_value(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("pools.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced", "names": {"kind": "Pool", "plural": "pools"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "properties": {"spec": {"type": "object", "required": ["size"], "properties": {
                    "size": {"type": "integer", "maximum": 10}}}}}}}],
        },
    }))
    .unwrap()
}

async fn story(cluster: &LabCluster, namespace: &str, group: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    fs::create_dir(path.join("landscape"))?;
    fs::write(path.join("cluster.yaml"), cluster.kubeconfig.to_string())?;
    let pool = format!(
        "apiVersion: {group}/v1\nkind: Pool\nmetadata: {{name: a, namespace: {namespace}}}\nspec: {{size: 11, sice: 1}}\n"
    );
    fs::write(path.join("landscape/pool.yaml"), pool)?;
    let binding = format!(
        "apiVersion: core.gardener.cloud/v1beta1\nkind: SecretBinding\nmetadata: {{name: b, namespace: {namespace}}}\n\
         provider: {{type: openstack}}\nsecretRef: {{name: cloud, namespace: {namespace}}}\n"
    );
    fs::write(path.join("landscape/binding.yaml"), binding)?;

    let (code, found) = check(path, &[]);
    assert_eq!(code, Some(1));
    assert!(
        found.contains(&"REFERENCE_MISSING $.secretRef.name".to_owned()),
        "{found:?}"
    );
    assert!(found.contains(&"UNKNOWN_KIND $.kind".to_owned()), "{found:?}");

    let secret: Secret = serde_json::from_value(json!({"metadata": {"name": "cloud"}}))?;
    let secrets: Api<Secret> = Api::namespaced(cluster.client().await?, namespace);
    secrets.create(&PostParams::default(), &secret).await?;
    let deadline = Instant::now() + Duration::from_mins(1);
    let expected = ["UNKNOWN_FIELD $.spec.sice", "RANGE $.spec.size"];
    loop {
        let (code, found) = check(path, &["--kubeconfig", "cluster.yaml"]);
        let has_all = expected
            .iter()
            .all(|wanted| found.iter().any(|found| found == wanted));
        let is_met = !found.iter().any(|found| found.starts_with("REFERENCE_MISSING"));
        if has_all && is_met {
            assert_eq!(code, Some(1));
            return Ok(());
        }
        assert!(Instant::now() < deadline, "{found:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Story E7, the half that needs a cluster; and kinds of which only the cluster has a definition.
#[tokio::test]
async fn objects_and_kinds_of_a_cluster_are_known_with_its_kubeconfig() -> Result<()> {
    let cluster = &Lab::clusters()?[0];
    let namespace = cluster.namespace("check").await?;
    let group = format!("{}.example.org", namespace.name);
    let definitions: Api<CustomResourceDefinition> = Api::all(cluster.client().await?);
    let definition = definition(&group);
    definitions.create(&PostParams::default(), &definition).await?;
    let ended = story(cluster, &namespace.name, &group).await;
    let name = format!("pools.{group}");
    definitions.delete(&name, &DeleteParams::default()).await?;
    ended
}

fn yake(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("yake");
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    output.stdout
}

/// What the server says to an object, strictly; nothing is stored.
async fn refusal(client: &kube::Client, object: &Value) -> Option<String> {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (api_version, kind) = (text("/apiVersion"), text("/kind"));
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let kind = GroupVersionKind::gvk(group, version, kind);
    let resource = ApiResource::from_gvk(&kind);
    let api: Api<DynamicObject> = match text("/metadata/namespace") {
        "" => Api::all_with(client.clone(), &resource),
        namespace => Api::namespaced_with(client.clone(), namespace, &resource),
    };
    let mut parameters = PatchParams::apply("test").dry_run();
    parameters.field_validation = Some(ValidationDirective::Strict);
    let taken = api
        .patch(text("/metadata/name"), &parameters, &Patch::Apply(object))
        .await;
    taken
        .err()
        .map(|error| format!("{}: {error}", text("/metadata/name")))
}

/// Story B1: a real API server with Gardener's real definitions takes what `yake init` writes for the runtime cluster,
/// and refuses what `yake check` refuses. The virtual garden's kinds have no definitions to hold it against.
#[tokio::test]
async fn an_extra_cluster_takes_what_a_new_landscape_has_and_refuses_what_its_check_does() -> Result<()> {
    let Some(data) = std::env::var_os("ALASCA_CONFORMANCE_DATA") else {
        eprintln!("skipped: ALASCA_CONFORMANCE_DATA is not set");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let wishes = [
        "--landscape",
        "dev",
        "--base-domain",
        "example.org",
        "--gardener",
        "1.148.4",
    ];
    yake(folder.path(), &[&["init", "landscape"][..], &wishes].concat());
    let built = yake(folder.path(), &["build", "landscape/runtime", "-o", "json"]);
    let objects: Vec<Value> = serde_json::from_slice(&built)?;
    assert!(objects.len() > 8);

    let cluster = ExtraCluster::start("init")?;
    let client = cluster.cluster().client().await?;
    gardener::install(&client, Some(Path::new(&data))).await?;
    let namespace = serde_json::from_value(json!({"metadata": {"name": "garden"}}))?;
    let namespaces: Api<Namespace> = Api::all(client.clone());
    namespaces.create(&PostParams::default(), &namespace).await?;
    let is_known = |object: &&Value| object["kind"] != "ManagedResource";
    for object in objects.iter().filter(is_known) {
        assert_eq!(refusal(&client, object).await, None);
    }

    let garden = folder.path().join("landscape/runtime/garden.yaml");
    let wrong = fs::read_to_string(&garden)?.replace("enableTokenLogin: true", "enableTokenLogn: true");
    fs::write(&garden, wrong)?;
    let (code, found) = check(folder.path(), &[]);
    let path = "$.spec.virtualCluster.gardener.gardenerDashboard.enableTokenLogn";
    assert_eq!(code, Some(1));
    assert!(found.contains(&format!("UNKNOWN_FIELD {path}")), "{found:?}");
    let built = yake(folder.path(), &["build", "landscape/runtime", "-o", "json"]);
    let objects: Vec<Value> = serde_json::from_slice(&built)?;
    let garden = objects.iter().find(|object| object["kind"] == "Garden").unwrap();
    let refusal = refusal(&client, garden).await.unwrap();
    assert!(refusal.contains("enableTokenLogn"), "{refusal}");
    Ok(())
}
