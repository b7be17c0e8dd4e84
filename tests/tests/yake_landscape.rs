//! A landscape is judged, and an upgrade of it planned, on a real API server. Its Gardener is a stand-in.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use alasca_tests::gardener;
use alasca_tests::lab::ExtraCluster;
use anyhow::Result;
use serde_json::{Value, json};

/// The binary, built beside the tests.
fn yake(folder: &Path, arguments: &[&str]) -> Output {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("yake");
    Command::new(program)
        .args(arguments)
        .args([
            "--kubeconfig",
            "cluster.yaml",
            "--virtual-kubeconfig",
            "cluster.yaml",
        ])
        .current_dir(folder)
        .output()
        .unwrap()
}

fn status(folder: &Path) -> (Option<i32>, Value) {
    let output = yake(folder, &["status", "-o", "json"]);
    let document = serde_json::from_slice(&output.stdout).expect("a document");
    (output.status.code(), document)
}

/// Exit code and what was said to people.
fn plan(folder: &Path, to: &str) -> (Option<i32>, Value, String) {
    let output = yake(folder, &["upgrade", "plan", "--to", to, "-o", "json"]);
    let said = String::from_utf8(output.stderr).unwrap();
    (
        output.status.code(),
        serde_json::from_slice(&output.stdout).expect(&said),
        said,
    )
}

fn truths(kinds: &[&str]) -> Value {
    let at = "2026-01-01T00:00:00Z";
    let one = |kind: &&str| {
        json!({"type": kind, "status": "True", "reason": "Well", "message": "well",
            "lastTransitionTime": at, "lastUpdateTime": at})
    };
    kinds.iter().map(one).collect()
}

fn succeeded() -> Value {
    json!({"type": "Reconcile", "state": "Succeeded", "progress": 100, "description": "done",
        "lastUpdateTime": "2026-01-01T00:00:00Z"})
}

/// As Gardener's definition wants it at the least.
fn garden() -> Value {
    json!({
        "apiVersion": "operator.gardener.cloud/v1alpha1", "kind": "Garden",
        "metadata": {"name": "local"},
        "spec": {
            "dns": {"providers": [{"name": "primary", "type": "local", "secretRef": {"name": "dns"}}]},
            "runtimeCluster": {
                "ingress": {"domains": [{"name": "ingress.example.org", "provider": "primary"}], "controller": {"kind": "nginx"}},
                "networking": {"nodes": ["172.18.0.0/16"], "pods": ["10.1.0.0/16"], "services": ["10.2.0.0/16"]},
                "provider": {"region": "local", "zones": ["0"]},
            },
            "virtualCluster": {
                "dns": {"domains": [{"name": "garden.example.org", "provider": "primary"}]},
                "gardener": {"clusterIdentity": "example"},
                "kubernetes": {"version": "1.34.2"},
                "maintenance": {"timeWindow": {"begin": "220000+0100", "end": "230000+0100"}},
                "networking": {"services": ["100.64.0.0/13"]},
            },
        },
    })
}

fn reported_garden() -> Value {
    let mut garden = garden();
    garden["status"] = json!({
        "observedGeneration": 1,
        "gardener": {"id": "operator", "name": "gardener-operator", "version": "v1.147.3"},
        "lastOperation": succeeded(),
        "conditions": truths(&["RuntimeComponentsHealthy", "VirtualComponentsHealthy",
            "VirtualGardenAPIServerAvailable", "ObservabilityComponentsHealthy"]),
    });
    garden
}

fn seed(gardenlet: &str) -> Value {
    let mut conditions = truths(&["GardenletReady", "ExtensionsReady", "SeedSystemComponentsHealthy"]);
    conditions[0]["status"] = json!(gardenlet);
    conditions[0]["message"] = json!("the lease is old");
    json!({
        "apiVersion": "core.gardener.cloud/v1beta1", "kind": "Seed", "metadata": {"name": "soil"},
        "status": {"observedGeneration": 1, "gardener": {"version": "v1.147.3"}, "lastOperation": succeeded(),
            "conditions": conditions},
    })
}

#[tokio::test]
async fn a_landscape_is_judged_and_its_upgrade_planned_on_an_extra_cluster() -> Result<()> {
    let lab = ExtraCluster::start("landscape")?;
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    fs::write(
        folder.join("cluster.yaml"),
        serde_json::to_vec(&lab.cluster().kubeconfig)?,
    )?;
    fs::write(folder.join("versions.yaml"), "gardener: 1.147.3\n")?;
    let client = lab.cluster().client().await?;

    let nothing = yake(folder, &["status"]);
    assert_eq!(nothing.status.code(), Some(2), "no operator: nothing is known");
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("there is no Garden"));

    let data = std::env::var_os("ALASCA_CONFORMANCE_DATA").map(PathBuf::from);
    gardener::install(&client, data.as_deref()).await?;
    gardener::report(&client, &garden()).await?;
    let (code, document) = status(folder);
    assert_eq!(code, Some(2), "a stored Garden is no healthy one");
    assert_eq!(document["standing"], "unknown");

    gardener::report(&client, &reported_garden()).await?;
    gardener::report(&client, &seed("True")).await?;
    let (code, document) = status(folder);
    assert_eq!(
        (code, &document["standing"]),
        (Some(0), &json!("healthy")),
        "{document:#}"
    );

    let (code, document, said) = plan(folder, "1.149.0");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("SKIP_MINOR") && said.contains("1.148"), "{said}");
    assert_eq!(document["stages"][0]["target"]["newest_patch_of"], "1.148");
    let (code, document, said) = plan(folder, "1.148.4");
    assert_eq!(code, Some(3), "{said}");
    assert_eq!(
        document["stages"][0]["waves"][0]["changes"][0]["object"],
        "Deployment/gardener-operator"
    );

    gardener::report(&client, &seed("False")).await?;
    let (code, document) = status(folder);
    assert_eq!(code, Some(1));
    assert_eq!(document["findings"][0]["name"], "soil");
    assert_eq!(
        document["findings"][0]["reasons"][0]["message"],
        "GardenletReady is False: the lease is old"
    );
    let (_, document, _) = plan(folder, "1.148.4");
    assert!(
        document["waiting"][0].as_str().unwrap().contains("seed soil"),
        "a sick seed closes the gate"
    );
    Ok(())
}
