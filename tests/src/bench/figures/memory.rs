//! Resident memory of the one process: store, API, scheduler and all controllers.
//!
//! Loaded means 100 registered clusters, all online and watched, and 1000 running applications. The 100
//! registrations share the few real API servers of the lab.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::Bench;
use super::world::{close_all, register, wait_for_state, wait_until_online};
use crate::bench::load::post_all;
use crate::bench::objects::{APPLICATIONS, config_application, to_body};
use crate::bench::observe::Watch;
use crate::bench::report::Measurement;

const APPLICATIONS_COUNT: usize = 1000;
const CLUSTERS_COUNT: usize = 100;

pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let members = bench.open_members(1).await?;
    let server = bench.serve(None).await?;
    settle().await;
    let idle = server.resident_mebibytes()?;
    for index in 0..bench.scale.of(CLUSTERS_COUNT) {
        let member = members.get(index % members.len()).context("no member")?;
        register(&server, &format!("c{index:03}"), member, &json!({"zone": "a"})).await?;
    }
    wait_until_online(&server).await?;
    let namespace = &members.first().context("no member")?.namespace;
    let names: Vec<String> = (0..bench.scale.of(APPLICATIONS_COUNT))
        .map(|index| format!("app-{index:04}"))
        .collect();
    let bodies = names
        .iter()
        .map(|name| to_body(&config_application(name, namespace, &["zone is a"])))
        .collect();
    let mut watch = Watch::open(&server.endpoint(), APPLICATIONS).await?;
    post_all(&server.endpoint(), APPLICATIONS, bodies, 10).await?;
    wait_for_state(&mut watch, &names, "RUNNING").await?;
    settle().await;
    let loaded = server.resident_mebibytes()?;
    close_all(&members).await?;
    Ok(vec![
        Measurement::new("memory_idle", idle, "MiB"),
        Measurement::new("memory_loaded", loaded, "MiB"),
    ])
}

/// Not a wait for a condition: a moment of rest is what is measured.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(5)).await;
}
