//! The scheduler reads a real Prometheus.

#![cfg(test)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use alasca_tests::lab::Prometheus;
use anyhow::{Context as _, Result};
use krake::api::{
    Application, Cluster, ClusterState, GlobalMetric, GlobalMetricsProvider, ReasonCode, Timestamp,
};
use krake::client::{Caches, Client};
use krake::controllers::{ControllerContext, scheduler};
use krake::server::{App, Options};
use krake::store::{EmbeddedOptions, EmbeddedStore};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

fn system_time() -> Timestamp {
    jiff::Timestamp::now().into()
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    Ok(serde_json::from_value(value)?)
}

/// A target that exposes the two figures of the grid in the text format; returns its address.
async fn grid(values: watch::Receiver<(f64, f64)>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let (north, south) = *values.borrow();
            let body = format!("north {north}\nsouth {south}\n");
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n";
            let mut request = [0; 4096];
            let _ = connection.read(&mut request).await;
            let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
            let _ = connection.write_all(answer.as_bytes()).await;
        }
    });
    Ok(address)
}

async fn create_grid(client: &Client, url: &str) -> Result<()> {
    let provider: GlobalMetricsProvider = read(json!({
        "metadata": {"name": "grid"}, "spec": {"type": "prometheus", "prometheus": {"url": url}}}))?;
    client.create(&provider).await?;
    for name in ["north", "south"] {
        let metric: GlobalMetric = read(json!({
            "metadata": {"name": name},
            "spec": {"min": 0, "max": 1, "provider": {"name": "grid", "metric": name}}}))?;
        client.create(&metric).await?;
        let cluster: Cluster = read(json!({
        "metadata": {"name": name, "namespace": "green"},
        "spec": {
            "tosca": {"topology_template": {"outputs": {"kubeconfig": {"value": "x"}}}},
            "constraints": {"cloud": {}},
            "metrics": [{"name": name, "weight": 1.0}],
        }}))?;
        let mut cluster = client.create(&cluster).await?;
        cluster.status.state = ClusterState::Online;
        client.update_status(&cluster).await?;
    }
    Ok(())
}

async fn until_on(client: &Client, cluster: &str) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let application: Application = client.get(Some("green"), "echo").await?;
        let target = application.status.scheduled_to.as_ref();
        if target.is_some_and(|target| target.name == cluster) {
            return Ok(());
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "not on {cluster}: {:?}",
            application.status
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_follows_what_a_real_prometheus_measures() -> Result<()> {
    let (figures, seen) = watch::channel((0.9, 0.2));
    let prometheus = Prometheus::start("scheduler", &[&grid(seen).await?])?;
    let folder = tempfile::tempdir()?;
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("krake.redb"), 1))?;
    let router = App::new(Arc::new(store), Options::new(system_time)).router();
    let client = Client::local(router, "system:admin");
    create_grid(&client, &prometheus.url).await?;

    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    let context = ControllerContext {
        client: client.clone(),
        caches: Caches::new(client.clone(), stop.clone()),
        now: Arc::new(system_time),
        metrics: common::reconcile::ReconcileMetrics::default(),
    };
    let mut options = scheduler::Options::default();
    options.settings.reschedule_after = Duration::from_secs(1);
    options.metrics_interval = Duration::from_millis(200);
    tokio::spawn(scheduler::run(context, options, stop));

    let application: Application = read(json!({
    "metadata": {"name": "echo", "namespace": "green"},
    "spec": {
        "manifest": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "echo"}}],
        "constraints": {"cluster": {}},
    }}))?;
    client.create(&application).await?;
    until_on(&client, "north").await?;
    figures.send((0.2, 0.9)).context("the grid is gone")?;
    until_on(&client, "south").await?;

    drop(prometheus);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let cluster: Cluster = client.get(Some("green"), "south").await?;
        if cluster.status.state == ClusterState::FailingMetrics {
            let code = cluster
                .status
                .metrics_reasons
                .get("south")
                .map(|reason| reason.code);
            assert_eq!(code, Some(ReasonCode::UnreachableMetricsProvider));
            return Ok(());
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "the loss of Prometheus was not noticed"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
