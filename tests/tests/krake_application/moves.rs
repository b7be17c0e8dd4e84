//! From one cluster to another.

use std::time::Duration;

use k8s_openapi::api::core::v1::Service;
use krake::api::{ApplicationState, Cluster, ClusterState, ReasonCode};
use krake::client::{DeleteOptions, Force};
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value, json};

use crate::krake::{Krake, Site, TARN, config_map, deployment};
use alasca_tests::relay::Mood;

fn is_ready(live: &Value) -> bool {
    live["status"]["readyReplicas"].as_u64() >= Some(1)
}

async fn ready(site: &Site, name: &str) -> bool {
    let id = site.id("apps/v1", "Deployment", name);
    site.get(&id)
        .await
        .is_some_and(|live| is_ready(&live) && live["metadata"]["deletionTimestamp"].is_null())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_leaves_no_gap() {
    let krake = Krake::with(&["c1", "c2"]).await;
    let (old, new) = (krake.site("c1"), krake.site("c2"));
    krake
        .create("pond", "c1", &[config_map("reed", "1"), deployment("echo", 1)])
        .await;
    krake.reaches("pond", ApplicationState::Running).await;
    krake.bind("pond", "c2").await;
    let gap = async {
        loop {
            // The old one is asked first: whoever is seen as gone has to be seen at the new place afterwards.
            assert!(
                ready(old, "echo").await || ready(new, "echo").await,
                "neither place has a ready copy"
            );
        }
    };
    let moved = krake.becomes("pond", "moved and cleaned up", |pond| {
        pond.status.running_on == Some(Krake::cluster("c2"))
            && pond.status.placements.len() == 1
            && pond.metadata.owners == [Krake::cluster("c2")]
    });
    tokio::select! {
        () = gap => unreachable!(),
        _ = moved => {}
    }
    old.vanishes(&old.config_map("reed")).await;
    assert_eq!(krake.get("pond").await.status.state, ApplicationState::Running);
    krake.tells("pond", "MigrationStarted").await;
    krake.tells("pond", "Migrated").await;
    krake.rests("pond").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_then_start_has_never_two_copies() {
    let krake = Krake::with(&["c1", "c2"]).await;
    let (old, new) = (krake.site("c1"), krake.site("c2"));
    let reed = (old.config_map("reed"), new.config_map("reed"));
    krake
        .create_with(
            "pond",
            "c1",
            &[config_map("reed", "1")],
            &json!({"migration_strategy": "stop_then_start"}),
        )
        .await;
    krake.reaches("pond", ApplicationState::Running).await;
    krake.bind("pond", "c2").await;
    let watch = async {
        loop {
            if new.get(&reed.1).await.is_some() {
                assert_eq!(old.get(&reed.0).await, None);
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), watch)
        .await
        .unwrap();
    let pond = krake
        .becomes("pond", "settled", |pond| {
            pond.metadata.owners == [Krake::cluster("c2")]
        })
        .await;
    assert_eq!(pond.status.running_on, Some(Krake::cluster("c2")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_does_not_become_healthy_is_cleaned_up_and_the_old_one_stays() {
    let krake = Krake::with(&["c1", "c2"]).await;
    let (old, new) = (krake.site("c1"), krake.site("c2"));
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "mud"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    krake
        .create_with("pond", "c1", &[claim], &json!({"migration_timeout": 2}))
        .await;
    let mud = (
        old.id("v1", "PersistentVolumeClaim", "mud"),
        new.id("v1", "PersistentVolumeClaim", "mud"),
    );
    let before = old.appears(&mud.0).await;
    krake
        .becomes("pond", "placed", |pond| pond.status.running_on.is_some())
        .await;
    let writes = old.relay.writes();
    krake.bind("pond", "c2").await;
    new.appears(&mud.1).await;
    let pond = krake
        .becomes("pond", "back", |pond| pond.status.migration_retries == 1)
        .await;
    assert_eq!(pond.status.running_on, Some(Krake::cluster("c1")));
    assert_eq!(pond.status.scheduled_to, Some(Krake::cluster("c1")));
    let reason = pond.status.reason.unwrap().message;
    assert!(reason.contains("mud") && reason.contains("tarn/c2"), "{reason}");
    assert!(pond.status.migration_timeout > 0);
    krake
        .becomes("pond", "owned by c1 only", |pond| {
            pond.metadata.owners == [Krake::cluster("c1")]
        })
        .await;
    let live = old.get(&mud.0).await.unwrap();
    assert_eq!(live["metadata"]["uid"], before["metadata"]["uid"]);
    assert_eq!(
        old.relay.writes(),
        writes,
        "nothing was even asked of the old place"
    );
}

fn balanced() -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "well"},
        "spec": {"type": "LoadBalancer", "selector": {"app": "well"}, "ports": [{"port": 80}]}})
}

/// The clusters of the lab give no addresses away.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_an_address_runs_and_a_move_says_how_long_it_waits_for_one() {
    let krake = Krake::with(&["c1", "c2"]).await;
    let (old, new) = (krake.site("c1"), krake.site("c2"));
    krake
        .create_with("pond", "c1", &[balanced()], &json!({"migration_timeout": 3}))
        .await;
    let pond = krake.reaches("pond", ApplicationState::Running).await;
    assert_eq!(pond.status.reason, None);
    assert_eq!(pond.status.services["well"], "<pending>:80");
    krake.bind("pond", "c2").await;
    let pond = krake
        .becomes("pond", "waiting for an address", |pond| {
            pond.status.state == ApplicationState::Migrating && pond.status.reason.is_some()
        })
        .await;
    let deadline = pond.status.migration_started.unwrap().plus_seconds(3);
    let message = pond.status.reason.unwrap().message;
    let expected = [
        format!("until {deadline} "),
        "well: its load balancer has no address yet".to_owned(),
    ];
    assert!(expected.iter().all(|part| message.contains(part)), "{message}");
    let pond = krake
        .becomes("pond", "back", |pond| pond.status.migration_retries == 1)
        .await;
    assert_eq!(pond.status.running_on, Some(Krake::cluster("c1")));
    let message = pond.status.reason.unwrap().message;
    assert!(
        message.contains("well: its load balancer has no address yet"),
        "{message}"
    );
    new.vanishes(&new.id("v1", "Service", "well")).await;

    krake.bind("pond", "c2").await;
    let there = new.appears(&new.id("v1", "Service", "well")).await;
    let services: Api<Service> = Api::namespaced(new.lab.client().await.unwrap(), &new.namespace);
    let address = json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}});
    let name = there["metadata"]["name"].as_str().unwrap();
    services
        .patch_status(name, &PatchParams::default(), &Patch::Merge(&address))
        .await
        .unwrap();
    let pond = krake
        .becomes("pond", "moved", |pond| {
            pond.status.running_on == Some(Krake::cluster("c2"))
        })
        .await;
    assert_eq!(pond.status.services["well"], "192.0.2.7:80");
    assert_eq!(pond.status.reason, None);
    old.vanishes(&old.id("v1", "Service", "well")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_vanishes_ends_the_move() {
    let krake = Krake::with(&["c1", "c2"]).await;
    let (old, new) = (krake.site("c1"), krake.site("c2"));
    krake.create("pond", "c1", &[config_map("reed", "1")]).await;
    krake.reaches("pond", ApplicationState::Running).await;
    new.relay.set(Mood::Refuse(503));
    krake.bind("pond", "c2").await;
    krake
        .becomes("pond", "in trouble", |pond| pond.status.reason.is_some())
        .await;
    krake
        .client
        .delete::<Cluster>(
            Some(TARN),
            "c2",
            &DeleteOptions {
                force: Force::Yes,
                uid: None,
            },
        )
        .await
        .unwrap();
    let pond = krake
        .becomes("pond", "back", |pond| {
            pond.status.scheduled_to == Some(Krake::cluster("c1"))
                && pond.metadata.owners == [Krake::cluster("c1")]
        })
        .await;
    assert_eq!(pond.metadata.deleted, None);
    assert!(old.get(&old.config_map("reed")).await.is_some());
    assert_eq!(pond.status.placements.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_lost_cluster_and_what_it_holds_is_removed_when_it_returns() {
    let mut krake = Krake::with(&["c1", "c2"]).await;
    krake
        .create("pond", "c1", &[config_map("reed", "1"), deployment("echo", 1)])
        .await;
    krake.reaches("pond", ApplicationState::Running).await;
    krake.site("c1").relay.set(Mood::Silent);
    krake.set_cluster_state("c1", ClusterState::Offline).await;
    let told = krake
        .becomes("pond", "aware", |pond| {
            pond.status.state == ApplicationState::Degraded
        })
        .await;
    assert_eq!(told.status.reason.unwrap().code, ReasonCode::ClusterNotReachable);
    let start = std::time::Instant::now();
    krake.bind("pond", "c2").await;
    krake
        .becomes("pond", "moved", |pond| {
            pond.status.running_on == Some(Krake::cluster("c2"))
        })
        .await;
    println!("bound elsewhere to running: {:?}", start.elapsed());
    let reed = krake.site("c2").config_map("reed");
    assert!(krake.site("c2").get(&reed).await.is_some());
    krake.kill();
    krake.start();
    let pond = krake.reaches("pond", ApplicationState::Running).await;
    assert_eq!(
        pond.status.placements.len(),
        2,
        "what is left at the lost cluster is remembered"
    );
    krake.site("c1").relay.set(Mood::Pass);
    krake.set_cluster_state("c1", ClusterState::Online).await;
    let old = krake.site("c1");
    old.vanishes(&old.config_map("reed")).await;
    old.vanishes(&old.id("apps/v1", "Deployment", "echo")).await;
    krake
        .becomes("pond", "rid of c1", |pond| {
            pond.metadata.owners == [Krake::cluster("c2")]
        })
        .await;
    krake.rests("pond").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_of_a_move_changes_nothing() {
    let mut krake = Krake::with(&["c1", "c2"]).await;
    krake.create("pond", "c1", &[deployment("echo", 1)]).await;
    krake.reaches("pond", ApplicationState::Running).await;
    krake.site("c2").relay.set(Mood::Hold(Duration::from_millis(700)));
    krake.bind("pond", "c2").await;
    krake
        .becomes("pond", "moving", |pond| pond.status.placements.len() == 2)
        .await;
    krake.kill();
    krake.start();
    let pond = krake
        .becomes("pond", "moved", |pond| {
            pond.metadata.owners == [Krake::cluster("c2")] && pond.status.placements.len() == 1
        })
        .await;
    assert_eq!(pond.status.running_on, Some(Krake::cluster("c2")));
}
