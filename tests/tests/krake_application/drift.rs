//! What others change on the cluster.

use std::time::Instant;

use common::kube::{ApplyOptions, Propagation};
use krake::api::ApplicationState;
use serde_json::{Value, json};

use crate::krake::{Krake, config_map, deployment, until};

fn bounds(min: usize, max: usize) -> Value {
    json!({"observer_schema_list_min_length": min, "observer_schema_list_max_length": max})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_object_is_back_within_milliseconds() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    krake
        .create("pond", "c1", &[config_map("reed", "1"), config_map("moss", "1")])
        .await;
    krake.reaches("pond", ApplicationState::Running).await;
    let (reed, moss) = (site.config_map("reed"), site.get(&site.config_map("moss")).await);
    let mut times = Vec::new();
    for _ in 0..20 {
        let uid = site.get(&reed).await.unwrap()["metadata"]["uid"].clone();
        let start = Instant::now();
        site.direct
            .delete(&reed, Propagation::Background, None)
            .await
            .unwrap();
        until("reed is back", async || {
            (site.get(&reed).await?["metadata"]["uid"] != uid).then_some(())
        })
        .await;
        times.push(start.elapsed());
    }
    times.sort();
    println!("deleted to back: p50 {:?}, p95 {:?}", times[10], times[18]);
    assert!(times[10].as_millis() < 100, "{times:?}");
    assert_eq!(site.get(&site.config_map("moss")).await, moss);
    krake.reaches("pond", ApplicationState::Running).await;
    krake.rests("pond").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_observed_is_put_back_and_what_is_not_stays() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    let schema = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "echo"},
        "spec": {"replicas": null, "template": {"spec": {"containers": [{"image": null}, bounds(1, 2)]}}}}]);
    let mut manifest = deployment("echo", 1);
    manifest["spec"].as_object_mut().unwrap().remove("replicas");
    manifest["spec"]["revisionHistoryLimit"] = json!(3);
    krake
        .create_with("pond", "c1", &[manifest], &json!({"observer_schema": schema}))
        .await;
    let pond = krake.reaches("pond", ApplicationState::Running).await;
    assert_eq!(
        pond.status.last_applied_manifest[0]["spec"]["replicas"], 1,
        "filled by the cluster, kept from then on"
    );
    let echo = site.id("apps/v1", "Deployment", "echo");
    let by_hand = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "echo"},
        "spec": {"replicas": 3, "revisionHistoryLimit": 7, "selector": {"matchLabels": {"app": "echo"}},
            "template": {"spec": {"containers": [{"name": "main", "image": "registry.invalid/other:1"}]}}}});
    site.direct
        .apply(&by_hand, &ApplyOptions::new("somebody"))
        .await
        .unwrap();
    let live = until("put back", async || {
        let live = site.get(&echo).await?;
        let image = &live["spec"]["template"]["spec"]["containers"][0]["image"];
        (*image == "registry.invalid/pause:1" && live["spec"]["replicas"] == 1).then_some(live)
    })
    .await;
    assert_eq!(
        live["spec"]["revisionHistoryLimit"], 7,
        "nobody said that it is observed"
    );
    krake.reaches("pond", ApplicationState::Running).await;
    krake.rests("pond").await;
}

/// A Secret, with its text in plain as users write it.
fn secret(texts: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pike"}, "stringData": texts})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_text_of_a_secret_is_put_back_changed_and_removed_as_any_member() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    krake
        .create("pond", "c1", &[secret(&json!({"a": "x", "b": "y"}))])
        .await;
    krake.reaches("pond", ApplicationState::Running).await;
    let pike = site.id("v1", "Secret", "pike");
    let has = async |data: Value| {
        until(&format!("data {data}"), async || {
            (site.get(&pike).await?["data"] == data).then_some(())
        })
        .await;
    };
    has(json!({"a": "eA==", "b": "eQ=="})).await;
    let by_hand =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pike"}, "data": {"a": "bm8="}});
    site.direct
        .apply(&by_hand, &ApplyOptions::new("somebody"))
        .await
        .unwrap();
    has(json!({"a": "eA==", "b": "eQ=="})).await;
    krake.tells("pond", "Repaired").await;
    krake.update("pond", &[secret(&json!({"a": "z"}))]).await;
    has(json!({"a": "eg=="})).await;
    krake.reaches("pond", ApplicationState::Running).await;
    krake.rests("pond").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fight_over_a_member_ends_in_a_pause_that_is_told_and_other_members_are_put_back() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    let mut manifest = config_map("reed", "1");
    manifest["data"]["b"] = json!("1");
    krake.create("pond", "c1", &[manifest]).await;
    krake.reaches("pond", ApplicationState::Running).await;
    let reed = site.config_map("reed");
    let before = site.relay.writes();
    let change = async |data: Value| {
        let other =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reed"}, "data": data});
        let options = ApplyOptions::new("somebody");
        site.direct.apply(&other, &options).await.unwrap();
    };
    loop {
        change(json!({"a": "2"})).await;
        let put_back = until("put back", async || {
            (site.get(&reed).await?["data"]["a"] == "1").then_some(())
        });
        let put_back = tokio::time::timeout(std::time::Duration::from_millis(1500), put_back);
        if put_back.await.is_err() {
            break;
        }
    }
    assert!(site.relay.writes() - before <= 20);
    let pond = krake
        .becomes("pond", "aware of the fight", |pond| pond.status.reason.is_some())
        .await;
    let message = pond.status.reason.unwrap().message;
    assert!(
        message.starts_with("others change data.a of ") && message.ends_with(" again and again"),
        "{message}"
    );
    krake.tells("pond", "Contended").await;
    change(json!({"a": "2", "b": "2"})).await;
    until("the other member is put back", async || {
        (site.get(&reed).await?["data"]["b"] == "1").then_some(())
    })
    .await;
}
