//! Everything goes, and what cannot go is said.

use std::time::{Duration, Instant};

use krake::api::{ApplicationState, Cluster, ClusterState, ReasonCode};
use krake::client::{DeleteOptions, Force};
use serde_json::json;

use crate::krake::{Krake, TARN, config_map, deployment};
use alasca_tests::relay::Mood;

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_application_takes_its_objects_along() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    let mut held = config_map("held", "1");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    krake
        .create(
            "pond",
            "c1",
            &[config_map("reed", "1"), deployment("echo", 1), held],
        )
        .await;
    krake.reaches("pond", ApplicationState::Running).await;
    krake.delete("pond").await;
    site.vanishes(&site.config_map("reed")).await;
    let pond = krake.reaches("pond", ApplicationState::Deleting).await;
    let held = site.config_map("held");
    let pond = krake
        .becomes(&pond.metadata.name, "waiting for one object", |pond| {
            pond.status
                .placements
                .first()
                .is_some_and(|placement| placement.objects.len() == 1)
        })
        .await;
    assert!(pond.metadata.is_deleted());
    let mut free = site.get(&held).await.unwrap();
    free["metadata"]["finalizers"] = json!([]);
    let bare = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held"}});
    site.direct
        .apply(&bare, &common::kube::ApplyOptions::new("krake"))
        .await
        .unwrap();
    krake.is_erased("pond").await;
    site.vanishes(&held).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_cluster_holds_up_only_what_stands_on_it() {
    let krake = Krake::with(&["c1", "c2"]).await;
    for index in 0..40 {
        krake
            .create(
                &format!("dead-{index}"),
                "c1",
                &[config_map(&format!("dead-{index}"), "1")],
            )
            .await;
    }
    krake.create("alive", "c2", &[config_map("reed", "1")]).await;
    for index in 0..40 {
        krake
            .reaches(&format!("dead-{index}"), ApplicationState::Running)
            .await;
    }
    let (dead, alive) = (krake.site("c1"), krake.site("c2"));
    dead.relay.set(Mood::Silent);
    for index in 0..40 {
        krake.delete(&format!("dead-{index}")).await;
    }
    let start = Instant::now();
    krake.delete("alive").await;
    krake.is_erased("alive").await;
    println!("deleted beside a dead cluster: {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(5));
    alive.vanishes(&alive.config_map("reed")).await;
    krake.set_cluster_state("c1", ClusterState::Offline).await;
    let told = krake
        .becomes("dead-7", "explained", |dead| dead.status.reason.is_some())
        .await;
    let reason = told.status.reason.unwrap();
    assert_eq!(reason.code, ReasonCode::ClusterNotReachable);
    assert!(reason.message.contains("tarn/c1"), "{}", reason.message);
    krake
        .client
        .delete::<Cluster>(
            Some(TARN),
            "c1",
            &DeleteOptions {
                force: Force::Yes,
                uid: None,
            },
        )
        .await
        .unwrap();
    for index in 0..40 {
        krake.is_erased(&format!("dead-{index}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_cluster_that_returns_finishes_what_was_asked_for() {
    let krake = Krake::with(&["c1"]).await;
    let site = krake.site("c1");
    krake.create("pond", "c1", &[config_map("reed", "1")]).await;
    krake.reaches("pond", ApplicationState::Running).await;
    site.relay.set(Mood::Refuse(503));
    krake.set_cluster_state("c1", ClusterState::Offline).await;
    krake.delete("pond").await;
    krake
        .client
        .delete::<Cluster>(Some(TARN), "c1", &DeleteOptions::default())
        .await
        .unwrap();
    krake
        .becomes("pond", "explained", |pond| pond.status.reason.is_some())
        .await;
    site.relay.set(Mood::Pass);
    krake.set_cluster_state("c1", ClusterState::Online).await;
    krake.is_erased("pond").await;
    site.vanishes(&site.config_map("reed")).await;
    let gone = async || {
        krake
            .client
            .get::<Cluster>(Some(TARN), "c1")
            .await
            .err()
            .filter(krake::client::Error::is_not_found)
    };
    crate::krake::until("c1 erased", gone).await;
}
