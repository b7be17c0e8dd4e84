//! Upgrades are planned from what a landscape reports, while the stand-in for Gardener plays.

use alasca_tests::gardener::{self, Double, GardenPlay, Script, ShootPlay};
use anyhow::Result;
use serde_json::{Value, json};

use crate::stage::{Stage, change, until};

fn image(version: &str) -> Value {
    let image = format!("registry.example.org:5000/gardener/operator:v{version}");
    json!({"spec": {"template": {"spec": {"containers": [{"name": "gardener-operator", "image": image}]}}}})
}

fn chart(version: &str) -> Value {
    let chart = format!("registry.example.org/charts/gardenlet:v{version}");
    json!({"spec": {"deployment": {"helm": {"ociRepository": {"ref": chart}}}}})
}

/// The wave that is under way, and what would be written.
fn current(document: &Value) -> (String, Vec<String>) {
    let waves = document["stages"][0]["waves"].as_array().expect("waves");
    let wave = waves.iter().find(|wave| wave["gate"]["state"] == "closed");
    let Some(wave) = wave else {
        return (String::new(), Vec::new());
    };
    let changes = wave["changes"].as_array().expect("changes");
    let objects = changes
        .iter()
        .map(|change| change["object"].as_str().unwrap().to_owned());
    (wave["kind"].as_str().unwrap().to_owned(), objects.collect())
}

/// The plan's lines for people.
fn refused(stage: &Stage, more: &[&str], rule: &str, hint: &str) {
    let (code, document, said) = stage.plan(more);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(document["refusals"][0]["rule"], rule, "{document:#}");
    assert!(said.contains(hint), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn upgrades_are_planned_by_what_is_proven_on_an_extra_cluster() -> Result<()> {
    let stage = Stage::with_kinds("plan").await?;
    stage.landscape("1.147.3", "1.59.1").await?;
    let double = Double::start(&stage.client, &stage.client, Script::default())?;
    stage.healthy().await;
    rules_forbid(&stage);
    a_sick_seed_closes_the_gate(&stage, &double).await;
    the_runtime_cluster_is_a_seed(&stage).await?;
    an_old_success_proves_nothing(&stage, &double).await?;
    shoots_lag(&stage, &double).await?;
    a_gardenlet_is_too_old(&stage).await?;
    assert_eq!(double.violations(), [""; 0]);
    Ok(())
}

/// U3, U4, U7, U9
fn rules_forbid(stage: &Stage) {
    refused(stage, &["--to", "1.149.0"], "SKIP_MINOR", "newest patch of 1.148");
    let (_, document, _) = stage.plan(&["--to", "1.149.0"]);
    assert_eq!(document["stages"][0]["target"]["newest_patch_of"], "1.148");
    assert_eq!(document["stages"][1]["target"]["exact"], "1.149.0");
    refused(stage, &["--to", "1.146.9"], "DOWNGRADE", "does not go back");
    stage.versions("gardener: 1.148.4\nkubernetes: 1.36.0\n");
    refused(stage, &[], "KUBERNETES_SKIP_MINOR", "go to 1.35 first");
    stage.versions("gardener: 1.148.4\nrequires: {dns: move the DNS secrets}\n");
    refused(stage, &[], "UNACKNOWLEDGED", "move the DNS secrets");
    stage.versions("gardener: 1.148.4\nrequires: {dns: move the DNS secrets}\nacknowledged: [dns]\n");
    let (code, document, said) = stage.plan(&[]);
    assert_eq!(code, Some(3), "{said}");
    assert_eq!(
        current(&document),
        (
            "operator".to_owned(),
            vec!["Deployment/gardener-operator".to_owned()]
        )
    );
}

/// S6
async fn a_sick_seed_closes_the_gate(stage: &Stage, double: &Double) {
    let key = ("soil".to_owned(), "GardenletReady".to_owned());
    double
        .script
        .change(|scenes| scenes.seeds = [(key, "Unknown")].into());
    let document = until("the seed is told of", || {
        let (code, document) = stage.status();
        (code == Some(2))
            .then_some(document.clone())
            .ok_or(document.to_string())
    })
    .await;
    assert_eq!(document["findings"][0]["name"], "soil");
    assert_eq!(
        document["findings"][0]["reasons"][0]["message"],
        "GardenletReady is Unknown: as the script has it"
    );
    let (_, document, _) = stage.plan(&[]);
    assert!(
        document["waiting"][0].as_str().unwrap().contains("seed soil"),
        "{document:#}"
    );
    double.script.change(|scenes| scenes.seeds.clear());
    stage.healthy().await;
}

/// U8
async fn the_runtime_cluster_is_a_seed(stage: &Stage) -> Result<()> {
    let mut gardenlet = gardener::operator("1.147.3");
    gardenlet["metadata"]["name"] = json!("gardenlet");
    gardenlet["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "gardenlet-config", "configMap": {"name": "gardenlet-configmap-1"}}]);
    let configuration = "kind: GardenletConfiguration\nseedConfig: {metadata: {name: soil}}\n";
    let configuration = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "gardenlet-configmap-1", "namespace": "garden"}, "data": {"config.yaml": configuration}});
    gardener::report(&stage.client, &configuration).await?;
    gardener::report(&stage.client, &gardenlet).await?;
    let (_, document, _) = stage.plan(&[]);
    assert_eq!(
        current(&document).1,
        ["Deployment/gardener-operator", "Gardenlet/soil"]
    );
    let deployments: kube::Api<k8s_openapi::api::apps::v1::Deployment> =
        kube::Api::namespaced(stage.client.clone(), "garden");
    deployments
        .delete("gardenlet", &kube::api::DeleteParams::default())
        .await?;
    Ok(())
}

/// U2
async fn an_old_success_proves_nothing(stage: &Stage, double: &Double) -> Result<()> {
    double.script.change(|scenes| scenes.garden = GardenPlay::Sleep);
    change(&stage.client, &gardener::operator("1.147.3"), &image("1.148.4")).await?;
    let (_, document, _) = stage.plan(&[]);
    assert_eq!(
        current(&document),
        ("garden".to_owned(), Vec::new()),
        "the old success stands there"
    );
    double.script.change(|scenes| scenes.garden = GardenPlay::Hold);
    until("it has begun", || {
        let (_, document) = stage.status();
        let text = document.to_string();
        text.contains("Processing at 50 %").then_some(()).ok_or(text)
    })
    .await;
    let (_, document, _) = stage.plan(&[]);
    assert_eq!(
        current(&document),
        ("garden".to_owned(), Vec::new()),
        "the version is there, the success is not"
    );
    double.script.change(|scenes| scenes.garden = GardenPlay::Succeed);
    until("the next wave", || {
        let found = current(&stage.plan(&[]).1);
        (found == ("gardenlets".to_owned(), vec!["Gardenlet/soil".to_owned()]))
            .then_some(())
            .ok_or(format!("{found:?}"))
    })
    .await;
    Ok(())
}

/// U6
async fn shoots_lag(stage: &Stage, double: &Double) -> Result<()> {
    double.script.change(|scenes| scenes.shoots = ShootPlay::Wait);
    change(
        &stage.client,
        &gardener::gardenlet("soil", "1.147.3"),
        &chart("1.148.4"),
    )
    .await?;
    until("shoots are awaited", || {
        let found = current(&stage.plan(&[]).1).0;
        (found == "shoots").then_some(()).ok_or(found)
    })
    .await;
    let (_, document, said) = stage.plan(&["--to", "1.149.0"]);
    let outstanding = "2 of 2 shoots outstanding: garden-dev/a (next window 220000+0100), garden/eu";
    assert!(
        document["waiting"].to_string().contains(outstanding),
        "{document:#}"
    );
    assert!(said.contains("waits: "), "{said}");
    stage.versions("gardener: 1.149.0\nacknowledged: [shoots-may-lag]\n");
    assert_eq!(stage.plan(&[]).1["waiting"], json!([]));
    Ok(())
}

/// U5
async fn a_gardenlet_is_too_old(stage: &Stage) -> Result<()> {
    for version in ["1.149.0", "1.150.0"] {
        change(&stage.client, &gardener::operator("1.147.3"), &image(version)).await?;
        stage.versions(&format!("gardener: {version}\nacknowledged: [shoots-may-lag]\n"));
        until("the Garden is brought along", || {
            let found = current(&stage.plan(&[]).1).0;
            (found == "gardenlets").then_some(()).ok_or(found)
        })
        .await;
    }
    refused(
        stage,
        &["--to", "1.151.0"],
        "SKEW_GARDENLET",
        "bring it along first",
    );
    Ok(())
}
