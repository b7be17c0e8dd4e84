//! Many applications at rest on 100 simulated clusters: processor time, and what one decision costs.
//!
//! The cost of a decision is taken from outside: a label that every application's constraint names changes
//! on one cluster, each application is decided anew, nothing moves, and the process's time is divided.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use http::Method;
use serde_json::{Value, json};

use super::Bench;
use super::world::{PLACING, applications, simulate_clusters, wait_until_placed};
use crate::bench::load::post_all;
use crate::bench::objects::{APPLICATIONS, CLUSTERS};
use crate::bench::observe::Watch;
use crate::bench::report::Measurement;
use crate::bench::server::Server;

const CLUSTERS_COUNT: usize = 100;
const SIZES: [usize; 3] = [100, 1000, 10_000];
/// How long the resting process is looked at; longer than the scheduler's interval.
const LOOK: Duration = Duration::from_secs(90);
/// Decisions that one size is measured over, at least.
const DECISIONS: usize = 10_000;

pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let server = bench.serve(Some(PLACING)).await?;
    simulate_clusters(&server, CLUSTERS_COUNT, &json!([])).await?;
    let mut measurements = Vec::new();
    let mut placed = 0;
    for size in SIZES.map(|size| bench.scale.of(size)) {
        let bodies = applications(&format!("app-{size}"), size - placed, &["zone in (a, b)"]);
        let mut watch = Watch::open(&server.endpoint(), APPLICATIONS).await?;
        let count = bodies.len();
        post_all(&server.endpoint(), APPLICATIONS, bodies, 10).await?;
        wait_until_placed(&mut watch, count).await?;
        placed = size;
        let cost = decision_cost(&server, size, bench.scale.of(DECISIONS)).await?;
        measurements.push(Measurement::new(format!("decision_{size}"), cost, "us"));
    }
    measurements.push(growth(&measurements));
    let before = server.processor_time()?;
    let look = if bench.scale.of(10) < 10 { LOOK / 10 } else { LOOK };
    tokio::time::sleep(look).await;
    let spent = server.processor_time()?.saturating_sub(before);
    let percent = 100.0 * spent.as_secs_f64() / look.as_secs_f64();
    measurements.push(Measurement::new("steady_cpu", percent, "% of a core"));
    Ok(measurements)
}

fn growth(costs: &[Measurement]) -> Measurement {
    let first = costs.first().map_or(f64::NAN, |cost| cost.value);
    let last = costs.last().map_or(f64::NAN, |cost| cost.value);
    Measurement::new("decision_growth", last / first, "x")
}

/// Microseconds of processor time for one application that is decided anew among all clusters.
async fn decision_cost(server: &Server, size: usize, decisions: usize) -> Result<f64> {
    let rounds = decisions.div_ceil(size).max(1);
    quiet(server).await?;
    let before = server.processor_time()?;
    for round in 0..rounds {
        relabel(server, if round % 2 == 0 { "b" } else { "a" }).await?;
        quiet(server).await?;
    }
    let spent = server.processor_time()?.saturating_sub(before);
    let decided = f64::from(u32::try_from(rounds * size)?);
    Ok(spent.as_secs_f64() * 1e6 / decided)
}

async fn relabel(server: &Server, zone: &str) -> Result<()> {
    let path = format!("{CLUSTERS}/c000");
    let mut stored = server.call(Method::GET, &path, &Value::Null).await?;
    *stored
        .pointer_mut("/metadata/labels/zone")
        .context("the cluster has a zone")? = json!(zone);
    server.call(Method::PUT, &path, &stored).await?;
    Ok(())
}

/// Waits until the process has hardly used any time for a moment.
async fn quiet(server: &Server) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(1);
    let moment = Duration::from_millis(20);
    while Instant::now() < deadline {
        let before = server.processor_time()?;
        tokio::time::sleep(moment).await;
        if server.processor_time()?.saturating_sub(before) < moment / 40 {
            return Ok(());
        }
    }
    anyhow::bail!("the server does not come to rest")
}
