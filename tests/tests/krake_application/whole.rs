//! With scheduler and watched clusters: what follows from labels and losses.

use std::time::{Duration, Instant};

use krake::api::{ApplicationState, ClusterState, ReasonCode};
use serde_json::{Value, json};

use crate::krake::{Krake, config_map, deployment, until};
use alasca_tests::relay::Mood;

fn on(constraint: &str) -> Value {
    json!({"constraints": {"cluster": {"labels": [constraint]}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nowhere_to_go_the_running_copy_stays() {
    let krake = Krake::whole(&["c1", "c2"]).await;
    krake.label("c1", "soil", "peat").await;
    krake.label("c2", "soil", "clay").await;
    let site = krake.site("c1");
    krake
        .submit("pond", &[deployment("echo", 1)], &on("soil is peat"))
        .await;
    let echo = site.id("apps/v1", "Deployment", "echo");
    krake.reaches("pond", ApplicationState::Running).await;
    let before = site.get(&echo).await.unwrap()["metadata"]["uid"].clone();
    let writes = site.relay.writes();
    krake.label("c1", "soil", "chalk").await;
    let pond = krake
        .becomes("pond", "told", |pond| pond.status.reason.is_some())
        .await;
    assert_eq!(pond.status.reason.unwrap().code, ReasonCode::NoSuitableResource);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let pond = krake.get("pond").await;
    assert_eq!(pond.status.running_on, Some(Krake::cluster("c1")));
    assert_eq!(pond.status.reason.unwrap().code, ReasonCode::NoSuitableResource);
    assert_eq!(site.get(&echo).await.unwrap()["metadata"]["uid"], before);
    assert_eq!(site.relay.writes(), writes);
    krake.label("c1", "soil", "peat").await;
    let pond = krake
        .becomes("pond", "at ease", |pond| pond.status.reason.is_none())
        .await;
    assert_eq!(pond.status.running_on, Some(Krake::cluster("c1")));
    krake.reaches("pond", ApplicationState::Running).await;
}

/// What the application controller notes in the metadata calls for no second decision. The binding writes both
/// times at once; a confirmation would raise one of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_application_is_decided_upon_once() {
    let krake = Krake::whole(&["c1"]).await;
    krake.submit("pond", &[config_map("reed", "1")], &json!({})).await;
    krake.reaches("pond", ApplicationState::Running).await;
    krake.rests("pond").await;
    let pond = krake.get("pond").await;
    assert_eq!(pond.metadata.finalizers, ["kubernetes_resources_deletion"]);
    assert_eq!(pond.metadata.modified, pond.metadata.created);
    assert_eq!(pond.status.kube_controller_triggered, pond.status.scheduled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_that_changes_moves_the_application_at_once_beside_a_hundred_others() {
    let krake = Krake::whole(&["c1", "c2"]).await;
    for cluster in ["c1", "c2"] {
        krake.label(cluster, "all", "yes").await;
        krake.label(cluster, "soil", "peat").await;
    }
    krake.label("c2", "soil", "clay").await;
    for index in 0..100 {
        let name = format!("other-{index}");
        krake
            .submit(&name, &[config_map(&name, "1")], &on("all is yes"))
            .await;
    }
    for index in 0..100 {
        krake
            .reaches(&format!("other-{index}"), ApplicationState::Running)
            .await;
    }
    let mut times = Vec::new();
    krake
        .submit("pond", &[config_map("reed", "1")], &on("soil is peat"))
        .await;
    krake.reaches("pond", ApplicationState::Running).await;
    for (from, to) in [("c1", "c2"), ("c2", "c1"), ("c1", "c2"), ("c2", "c1")] {
        let (old, new) = (krake.site(from), krake.site(to));
        krake.label(to, "soil", "peat").await;
        krake
            .becomes("pond", "at rest", |pond| {
                pond.metadata.owners == [Krake::cluster(from)]
            })
            .await;
        let start = Instant::now();
        krake.label(from, "soil", "chalk").await;
        until("arrived", async || new.get(&new.config_map("reed")).await).await;
        times.push(start.elapsed());
        old.vanishes(&old.config_map("reed")).await;
        krake
            .becomes("pond", "moved", |pond| {
                pond.status.running_on == Some(Krake::cluster(to))
            })
            .await;
    }
    println!("label to object at the new place: {times:?}");
    times.sort();
    assert!(times[2] < Duration::from_secs(1), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_cluster_is_left_within_half_a_minute_and_cleaned_when_it_returns() {
    let krake = Krake::whole(&["c1", "c2"]).await;
    krake.label("c1", "soil", "peat").await;
    krake
        .submit(
            "pond",
            &[config_map("reed", "1"), deployment("echo", 1)],
            &on("soil is peat"),
        )
        .await;
    krake.reaches("pond", ApplicationState::Running).await;
    krake.label("c2", "soil", "peat").await;
    let (old, new) = (krake.site("c1"), krake.site("c2"));
    let start = Instant::now();
    old.relay.set(Mood::Silent);
    new.appears(&new.config_map("reed")).await;
    krake
        .becomes("pond", "moved", |pond| {
            pond.status.running_on == Some(Krake::cluster("c2"))
        })
        .await;
    println!("lost to running elsewhere: {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(30));
    old.relay.set(Mood::Pass);
    old.vanishes(&old.config_map("reed")).await;
    krake
        .becomes("pond", "rid of c1", |pond| {
            pond.metadata.owners == [Krake::cluster("c2")]
        })
        .await;
    until("c1 online", async || {
        let cluster = krake
            .client
            .get_ref::<krake::api::Cluster>(&Krake::cluster("c1"))
            .await
            .ok()?;
        (cluster.status.state == ClusterState::Online).then_some(())
    })
    .await;
}
