//! From creation over changes to refusals.

use std::time::Instant;

use krake::api::{ApplicationState, KUBERNETES_RESOURCES_DELETION, ReasonCode};
use krake::controllers::application::names::APPLICATION_LABEL;
use serde_json::json;

use crate::krake::{Krake, config_map, deployment, until};

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_created_reported_and_then_left_alone() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    let manifest = [config_map("reed", "1"), deployment("echo", 2)];
    krake.create("pond", "c1", &manifest).await;
    let live = site.appears(&site.config_map("reed")).await;
    let pond = krake.reaches("pond", ApplicationState::Running).await;
    assert_eq!(
        live["metadata"]["labels"][APPLICATION_LABEL],
        json!(pond.metadata.uid)
    );
    assert_eq!(pond.metadata.finalizers, [KUBERNETES_RESOURCES_DELETION]);
    assert_eq!(pond.metadata.owners, [Krake::cluster("c1")]);
    let status = &pond.status;
    assert_eq!(status.running_on, Some(Krake::cluster("c1")));
    assert_eq!(
        (
            status.container_health.desired_pods,
            status.container_health.running_pods
        ),
        (2, 2)
    );
    assert_eq!(status.last_applied_manifest, manifest);
    assert_eq!(status.last_observed_manifest.len(), 2);
    assert_eq!(status.placements[0].objects.len(), 2);
    krake.rests("pond").await;
    krake.tells("pond", "Applied").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_touches_only_what_changed() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    let maps = |one: Option<&str>, two: &str| {
        one.map(|value| config_map("one", value))
            .into_iter()
            .chain([config_map("two", two), config_map("three", "1")])
            .collect::<Vec<_>>()
    };
    krake.create("pond", "c1", &maps(Some("1"), "1")).await;
    krake.reaches("pond", ApplicationState::Running).await;
    let three = site.get(&site.config_map("three")).await.unwrap();
    let before = site.relay.writes();
    krake.update("pond", &maps(None, "2")).await;
    site.vanishes(&site.config_map("one")).await;
    let two = site.config_map("two");
    until("two changed", async || {
        (site.get(&two).await?["data"]["a"] == "2").then_some(())
    })
    .await;
    let pond = krake
        .becomes("pond", "settled", |pond| {
            pond.status.placements[0].objects.len() == 2
        })
        .await;
    assert_eq!(pond.status.state, ApplicationState::Running);
    assert_eq!(site.get(&site.config_map("three")).await.unwrap(), three);
    assert_eq!(site.relay.writes() - before, 2, "one delete and one apply");
    krake.rests("pond").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_object_is_named_and_the_next_specification_heals() {
    let krake = Krake::with(&["c1"]).await;
    let mut ill = deployment("echo", 1);
    ill["spec"]["selector"]["matchLabels"]["app"] = json!("another");
    krake.create("pond", "c1", &[ill]).await;
    let pond = krake.reaches("pond", ApplicationState::Failed).await;
    let reason = pond.status.reason.unwrap();
    assert_eq!(reason.code, ReasonCode::KubernetesError);
    assert!(
        reason.message.contains("Deployment") && reason.message.contains("tarn/c1"),
        "{}",
        reason.message
    );
    krake.update("pond", &[deployment("echo", 1)]).await;
    let pond = krake.reaches("pond", ApplicationState::Running).await;
    assert_eq!(pond.status.reason, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_the_cluster_does_not_have_is_refused_before_anything_is_created() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    let unknown =
        json!({"apiVersion": "nowhere.example.com/v1", "kind": "Newt", "metadata": {"name": "newt"}});
    krake
        .create("pond", "c1", &[config_map("reed", "1"), unknown])
        .await;
    let pond = krake.reaches("pond", ApplicationState::Failed).await;
    assert_eq!(pond.status.reason.unwrap().code, ReasonCode::UnsupportedResource);
    assert_eq!(site.get(&site.config_map("reed")).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn custom_resources_of_both_scopes_come_with_their_definitions() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    let group = format!("{}.example.com", site.namespace);
    let definition = |plural: &str, kind: &str, scope: &str| {
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.{group}")},
            "spec": {"group": group, "scope": scope,
                "names": {"plural": plural, "singular": plural.trim_end_matches('s'), "kind": kind},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                    "type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}})
    };
    let object = |kind: &str| json!({"apiVersion": format!("{group}/v1"), "kind": kind, "metadata": {"name": "one"}, "spec": {"deep": true}});
    let manifest = [
        definition("frogs", "Frog", "Namespaced"),
        definition("lakes", "Lake", "Cluster"),
        object("Frog"),
        object("Lake"),
    ];
    krake.create("pond", "c1", &manifest).await;
    krake.reaches("pond", ApplicationState::Running).await;
    let frog = site.id(&format!("{group}/v1"), "Frog", "one");
    assert!(site.get(&frog).await.is_some());
    krake.rests("pond").await;
    krake.delete("pond").await;
    krake.is_erased("pond").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_application_that_wants_an_object_is_told_whose_it_is() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    krake.create("first", "c1", &[config_map("reed", "1")]).await;
    krake.reaches("first", ApplicationState::Running).await;
    krake
        .create(
            "second",
            "c1",
            &[config_map("reed", "2"), config_map("moss", "2")],
        )
        .await;
    let second = krake.reaches("second", ApplicationState::Failed).await;
    let reason = second.status.reason.unwrap();
    assert_eq!(reason.code, ReasonCode::CreateFailed);
    assert!(reason.message.contains("tarn/first"), "{}", reason.message);
    assert_eq!(
        site.get(&site.config_map("reed")).await.unwrap()["data"]["a"],
        "1"
    );
    krake.delete("second").await;
    krake.is_erased("second").await;
    assert_eq!(
        site.get(&site.config_map("reed")).await.unwrap()["data"]["a"],
        "1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_on_the_cluster_within_a_tenth_of_a_second() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    let mut times = Vec::new();
    for index in 0..20 {
        let name = format!("pond-{index}");
        let start = Instant::now();
        krake.create(&name, "c1", &[config_map(&name, "1")]).await;
        site.appears(&site.config_map(&name)).await;
        times.push(start.elapsed());
    }
    times.sort();
    println!("create to object: p50 {:?}, p95 {:?}", times[10], times[18]);
    assert!(times[10].as_millis() < 200, "{times:?}");
}
