//! The cluster controller over a real API with real clusters, live, dead, hanging and back.

#![cfg(test)]

mod stage;

use std::time::{Duration, Instant};

use alasca_tests::confined;
use alasca_tests::lab::{ExtraCluster, Lab};
use krake::api::{ClusterState, ReasonCode};
use krake::controllers::cluster::Settings;
use serde_json::json;
use stage::Stage;
use tokio::net::TcpListener;

fn fast() -> Settings {
    Settings {
        health_interval: Duration::from_millis(20),
        retry_interval: Duration::from_millis(20),
        answer_timeout: Duration::from_millis(500),
        lost_after: Duration::from_millis(500),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_cluster_is_online_at_once_and_written_once() {
    let stage = Stage::set(fast()).await;
    let kubeconfig = Lab::clusters().unwrap().remove(0).kubeconfig;
    let begun = Instant::now();
    stage.register("c1", &kubeconfig).await;
    let online = stage.in_state("c1", ClusterState::Online).await;
    println!("registered -> ONLINE: {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(!online.status.nodes.is_empty());
    assert_eq!(online.status.reason, None);
    // A cluster that is registered later is asked after the first one was asked again: rounds have passed.
    for name in ["c2", "c3", "c4"] {
        stage.register(name, &kubeconfig).await;
        stage.in_state(name, ClusterState::Online).await;
    }
    let later = stage.read("c1").await;
    assert_eq!(
        later.metadata.resource_version, online.metadata.resource_version,
        "nothing changed"
    );
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clusters_that_hang_delay_no_other() {
    let stage = Stage::set(Settings::default()).await;
    let good = Lab::clusters().unwrap().remove(0).kubeconfig;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut hanging = good.clone();
    *hanging.pointer_mut("/clusters/0/cluster/server").unwrap() =
        json!(format!("https://{}", silent.local_addr().unwrap()));
    for index in 0..100 {
        stage.register(&format!("hangs-{index}"), &hanging).await;
    }
    let begun = Instant::now();
    stage.register("c1", &good).await;
    stage.in_state("c1", ClusterState::Online).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    // Never reached, so there is nothing to be patient for.
    let offline = stage.in_state("hangs-99", ClusterState::Offline).await;
    let reason = offline.status.reason.unwrap();
    assert_eq!(reason.code, ReasonCode::ClusterNotReachable);
    assert!(reason.message.contains("hangs-99"), "{}", reason.message);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_and_a_frozen_cluster_are_offline_within_ten_seconds_and_come_back() {
    let extra = ExtraCluster::start("clusters").unwrap();
    let stage = Stage::set(Settings::default()).await;
    stage.register("c1", &extra.cluster().kubeconfig).await;
    stage.in_state("c1", ClusterState::Online).await;
    for lose in [ExtraCluster::stop, ExtraCluster::freeze] {
        lose(&extra).unwrap();
        let begun = Instant::now();
        let offline = stage.in_state("c1", ClusterState::Offline).await;
        println!("lost -> OFFLINE: {:?}", begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        let reason = offline.status.reason.unwrap();
        assert_eq!(reason.code, ReasonCode::ClusterNotReachable);
        let mut states = stage.states("c1");
        extra.go_on().unwrap();
        let begun = Instant::now();
        let seen = states.until(ClusterState::Online).await;
        println!("back -> ONLINE: {:?} by {seen:?}", begun.elapsed());
        assert!(seen.contains(&ClusterState::Connecting), "{seen:?}");
        assert_eq!(stage.read("c1").await.status.reason, None);
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_of_which_only_one_namespace_may_be_seen_is_online_and_the_reason_says_what_is_not_seen() {
    let stage = Stage::set(fast()).await;
    let cluster = Lab::clusters().unwrap().remove(0);
    let namespace = cluster.namespace("clusters-confined").await.unwrap();
    let kubeconfig = confined::by_token(&cluster, &namespace.name).await.unwrap();
    stage.register("c1", &kubeconfig).await;
    let online = stage.in_state("c1", ClusterState::Online).await;
    assert!(online.status.nodes.is_empty());
    let reason = online.status.reason.unwrap();
    assert_eq!(reason.code, ReasonCode::KubernetesError);
    assert!(
        reason.message.contains("nodes is forbidden"),
        "{}",
        reason.message
    );
    stage.register_again("c1", &cluster.kubeconfig).await;
    stage.until("c1", |cluster| cluster.status.reason.is_none()).await;
    assert!(!stage.read("c1").await.status.nodes.is_empty());
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kubeconfig_that_is_mended_is_used_at_once() {
    let stage = Stage::set(Settings::default()).await;
    let good = Lab::clusters().unwrap().remove(0).kubeconfig;
    let mut wrong = good.clone();
    *wrong.pointer_mut("/users/0/user").unwrap() = json!({"token": "canary"});
    stage.register("c1", &wrong).await;
    let offline = stage.in_state("c1", ClusterState::Offline).await;
    let message = offline.status.reason.unwrap().message;
    assert!(
        message.contains("401") && !message.contains("canary"),
        "{message}"
    );
    stage.register_again("c1", &good).await;
    stage.in_state("c1", ClusterState::Online).await;
    stage.end().await;
}
