//! What others change on the cluster.

use std::time::Instant;

use common::kube::{ApplyOptions, Propagation};
use krake::api::ApplicationState;
use serde_json::json;

use crate::krake::{Krake, config_map, deployment, until};

fn bounds(min: usize, max: usize) -> serde_json::Value {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_fight_over_a_member_ends_in_a_pause_that_is_told() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    krake.create("pond", "c1", &[config_map("reed", "1")]).await;
    krake.reaches("pond", ApplicationState::Running).await;
    let reed = site.config_map("reed");
    let before = site.relay.writes();
    let other =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reed"}, "data": {"a": "2"}});
    let fight = async {
        loop {
            site.direct
                .apply(&other, &ApplyOptions::new("somebody"))
                .await
                .unwrap();
            let put_back = until("put back", async || {
                (site.get(&reed).await?["data"]["a"] == "1").then_some(())
            });
            if tokio::time::timeout(std::time::Duration::from_millis(1500), put_back)
                .await
                .is_err()
            {
                return;
            }
        }
    };
    fight.await;
    assert!(site.relay.writes() - before <= 20);
    let pond = krake
        .becomes("pond", "aware of the fight", |pond| pond.status.reason.is_some())
        .await;
    assert!(pond.status.reason.unwrap().message.contains("again and again"));
    krake.tells("pond", "Contended").await;
}
