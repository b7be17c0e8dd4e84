//! 1000 applications over 100 simulated clusters: first create sent to last binding seen.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use http::Method;
use serde_json::{Value, json};

use super::Bench;
use super::world::{PLACING, Placed, applications, simulate_clusters, wait_until_placed};
use crate::bench::load::post_all;
use crate::bench::objects::APPLICATIONS;
use crate::bench::observe::Watch;
use crate::bench::report::Measurement;
use crate::bench::server::Server;

const APPLICATIONS_COUNT: usize = 1000;
const CLUSTERS_COUNT: usize = 100;

pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let mut measurements = measure(bench, "schedule", &json!([])).await?;
    let metric = json!([{"name": "load", "weight": 1.0, "namespaced": false}]);
    measurements.extend(measure(bench, "schedule_metrics", &metric).await?);
    Ok(measurements)
}

async fn measure(bench: &Bench, name: &str, metrics: &Value) -> Result<Vec<Measurement>> {
    let server = bench.serve(Some(PLACING)).await?;
    create_metric(&server).await?;
    simulate_clusters(&server, CLUSTERS_COUNT, metrics).await?;
    let count = bench.scale.of(APPLICATIONS_COUNT);
    let mut watch = Watch::open(&server.endpoint(), APPLICATIONS).await?;
    let bodies = applications("app", count, &["zone is a"]);
    let load = post_all(&server.endpoint(), APPLICATIONS, bodies, 10).await?;
    let Placed { last, clusters } = wait_until_placed(&mut watch, count).await?;
    let start = load.start().context("nothing was created")?;
    let mut shares: BTreeMap<&String, u32> = BTreeMap::new();
    for cluster in clusters.values() {
        *shares.entry(cluster).or_default() += 1;
    }
    let least = if shares.len() < CLUSTERS_COUNT {
        0
    } else {
        shares.values().min().copied().unwrap_or(0)
    };
    let most = shares.values().max().copied().unwrap_or(0);
    Ok(vec![
        Measurement::new(name, last.duration_since(start).as_secs_f64(), "s"),
        Measurement::new(format!("{name}_least_share"), f64::from(least), "applications"),
        Measurement::new(format!("{name}_greatest_share"), f64::from(most), "applications"),
    ])
}

/// One metric that is the same for all clusters, so that they are equal.
async fn create_metric(server: &Server) -> Result<()> {
    let provider = json!({
        "metadata": {"name": "static"},
        "spec": {"type": "static", "static": {"metrics": {"load": 0.5}}},
    });
    server
        .call(Method::POST, "/core/globalmetricsproviders", &provider)
        .await?;
    let metric = json!({
        "metadata": {"name": "load"},
        "spec": {"min": 0.0, "max": 1.0, "allowed_values": [], "provider": {"name": "static", "metric": "load"}},
    });
    server.call(Method::POST, "/core/globalmetrics", &metric).await?;
    Ok(())
}
