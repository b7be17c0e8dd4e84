//! How a landscape is: every row of the rule by which it is judged.

use alasca_tests::gardener::{self, truths};
use anyhow::Result;
use serde_json::{Value, json};

use crate::stage::Stage;

const GARDEN: [&str; 4] = [
    "RuntimeComponentsHealthy",
    "VirtualComponentsHealthy",
    "VirtualGardenAPIServerAvailable",
    "ObservabilityComponentsHealthy",
];

fn operation(state: &str) -> Value {
    json!({"type": "Reconcile", "state": state, "progress": 60, "description": "Deploying etcds",
        "lastUpdateTime": "2026-01-01T00:00:00Z"})
}

fn with(mut object: Value, status: Value) -> Value {
    object["status"] = status;
    object
}

/// The landscape in good health, by name.
fn well(name: &str) -> Value {
    match name {
        "garden" => with(
            gardener::garden(),
            json!({"observedGeneration": 1, "lastOperation": operation("Succeeded"), "conditions": truths(&GARDEN),
                "gardener": {"id": "operator", "name": "gardener-operator", "version": "v1.147.3"}}),
        ),
        "extension" => with(
            gardener::extension("calico", "1.59.1"),
            json!({"observedGeneration": 1, "conditions": truths(&["Installed", "RuntimeHealthy", "RequiredVirtual"])}),
        ),
        "seed" => with(
            json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Seed", "metadata": {"name": "soil"},
                "spec": {"backup": {"provider": "local"}}}),
            json!({"observedGeneration": 1, "lastOperation": operation("Succeeded"), "gardener": {"version": "v1.147.3"},
                "conditions": truths(&["GardenletReady", "ExtensionsReady", "SeedSystemComponentsHealthy", "BackupBucketsReady",
                    "Other"])}),
        ),
        "managed seed" => with(
            gardener::managed_seed("eu"),
            json!({"observedGeneration": 1, "conditions": truths(&["ShootReconciled", "SeedRegistered"])}),
        ),
        "shoot" => {
            let mut shoot = gardener::shoot("garden", "a");
            shoot["metadata"]["labels"] = json!({"shoot.gardener.cloud/status": "healthy"});
            shoot
        }
        other => panic!("{other}"),
    }
}

/// An object in good health but for one member of its status.
fn but(name: &str, pointer: &str, value: Value) -> Value {
    let mut object = well(name);
    *object["status"].pointer_mut(pointer).expect(pointer) = value;
    object
}

/// What is told of an object that is like this: standing, exit code, and words.
type Row = (Value, &'static str, i32, &'static str);

fn rows() -> Vec<Row> {
    let condition =
        |name, index: usize, value| but(name, &format!("/conditions/{index}/status"), json!(value));
    let state = |name, state: &str| but(name, "/lastOperation", operation(state));
    let few = |name, kinds: &[&str]| but(name, "/conditions", truths(kinds));
    let asked = {
        let mut garden = well("garden");
        garden["metadata"]["annotations"] = json!({"gardener.cloud/operation": "reconcile"});
        garden
    };
    let mut emergency = well("seed");
    emergency["status"]["conditions"][4]["type"] = json!("EmergencyStopShootReconciliations");
    vec![
        (
            state("garden", "Processing"),
            "progressing",
            2,
            "Processing at 60 %",
        ),
        (state("garden", "Error"), "progressing", 2, "Error at 60 %"),
        (state("garden", "Pending"), "progressing", 2, "Pending"),
        (state("garden", "Aborted"), "progressing", 2, "Aborted"),
        (state("garden", "Failed"), "degraded", 1, "Failed"),
        (asked, "progressing", 2, "reconcile is asked for"),
        (
            condition("garden", 0, "False"),
            "degraded",
            1,
            "RuntimeComponentsHealthy is False",
        ),
        (
            condition("garden", 1, "Progressing"),
            "progressing",
            2,
            "VirtualComponentsHealthy is Progressing",
        ),
        (
            condition("garden", 2, "Unknown"),
            "unknown",
            2,
            "VirtualGardenAPIServerAvailable is Unknown",
        ),
        (
            few("garden", &GARDEN[..3]),
            "unknown",
            2,
            "ObservabilityComponentsHealthy is not reported",
        ),
        (
            condition("extension", 0, "Unknown"),
            "unknown",
            2,
            "Installed is Unknown",
        ),
        (
            condition("extension", 0, "False"),
            "degraded",
            1,
            "Installed is False",
        ),
        (
            condition("extension", 1, "False"),
            "degraded",
            1,
            "RuntimeHealthy is False",
        ),
        (condition("extension", 2, "False"), "healthy", 0, ""),
        (
            condition("seed", 0, "Unknown"),
            "unknown",
            2,
            "GardenletReady is Unknown",
        ),
        (
            condition("seed", 3, "False"),
            "degraded",
            1,
            "BackupBucketsReady is False",
        ),
        (state("seed", "Error"), "progressing", 2, "Error"),
        (
            emergency,
            "degraded",
            1,
            "reconciliation of its shoots is stopped",
        ),
        (
            condition("managed seed", 0, "False"),
            "degraded",
            1,
            "ShootReconciled is False",
        ),
        (
            few("managed seed", &["ShootReconciled"]),
            "unknown",
            2,
            "SeedRegistered is not reported",
        ),
    ]
}

/// O1
#[tokio::test]
async fn every_row_of_the_rule_is_told_of_a_landscape_on_an_extra_cluster() -> Result<()> {
    let stage = Stage::empty("landscape").await?;
    let nothing = stage.yake(&["status"]);
    assert_eq!(nothing.status.code(), Some(2), "no operator: nothing is known");
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("there is no Garden"));

    stage.install().await?;
    gardener::report(
        &stage.client,
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "garden"}}),
    )
    .await?;
    gardener::report(&stage.client, &gardener::garden()).await?;
    let (code, document) = stage.status();
    assert_eq!(
        (code, &document["standing"]),
        (Some(2), &json!("unknown")),
        "stored is not healthy"
    );

    let names = ["garden", "extension", "seed", "managed seed", "shoot"];
    for name in names {
        gardener::report(&stage.client, &well(name)).await?;
    }
    let (code, healthy) = stage.status();
    assert_eq!(
        (code, &healthy["standing"]),
        (Some(0), &json!("healthy")),
        "{healthy:#}"
    );
    assert_eq!(
        stage.yake(&["status", "-o", "json"]).stdout,
        stage.yake(&["status", "-o", "json"]).stdout
    );

    for (object, standing, code, words) in rows() {
        put(&stage, &object).await?;
        let (is, document) = stage.status();
        let what = format!("{}: {words}: {document:#}", object["kind"]);
        assert_eq!(
            (is, &document["standing"]),
            (Some(code), &json!(standing)),
            "{what}"
        );
        let first = &document["findings"][0];
        let message = first
            .pointer("/reasons/0/message")
            .and_then(Value::as_str)
            .unwrap_or_default();
        assert!(message.contains(words), "{what}");
        assert!(
            words.is_empty() || first["name"] == object["metadata"]["name"],
            "{what}"
        );
        heal(&stage, &names).await?;
    }
    assert_eq!(stage.status().1, healthy, "and well again, to the letter");
    shoots_count_by_policy(&stage).await
}

/// O1: `--shoots`
async fn shoots_count_by_policy(stage: &Stage) -> Result<()> {
    let labels = [
        ("unhealthy", Some(1)),
        ("progressing", Some(2)),
        ("unknown", Some(2)),
        ("healthy", Some(0)),
    ];
    for (label, code) in labels {
        let labels = json!({"metadata": {"labels": {"shoot.gardener.cloud/status": label}}});
        crate::stage::change(&stage.client, &well("shoot"), &labels).await?;
        assert_eq!(stage.status().0, code, "{label}");
        let listed = stage.yake(&["status", "--shoots", "list"]);
        assert_eq!(listed.status.code(), Some(0), "{label}");
    }
    Ok(())
}

/// Writes an object that exists: its annotations and its status.
async fn put(stage: &Stage, object: &Value) -> Result<()> {
    let annotations = object.pointer("/metadata/annotations").cloned();
    let gone = json!({"gardener.cloud/operation": null});
    let metadata = json!({"metadata": {"annotations": annotations.unwrap_or(gone)}});
    crate::stage::change(&stage.client, object, &metadata).await?;
    gardener::report(&stage.client, object).await
}

async fn heal(stage: &Stage, names: &[&str]) -> Result<()> {
    for name in names.iter().filter(|name| **name != "shoot") {
        put(stage, &well(name)).await?;
    }
    Ok(())
}
