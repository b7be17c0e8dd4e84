//! Resident memory of the one process: store, API, scheduler and all controllers.
//!
//! Loaded means 100 registered clusters, all online and watched, and 1000 running applications. The lab has
//! three real API servers, not 100, so registrations share them, and each one's watch sees the objects of all
//! that share its server: every object is held 33 times. That is more than 100 clusters of their own would
//! cost; the same applications on three registrations, where every object is held once, are less.

use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::Bench;
use super::world::{close_all, register, wait_for_state, wait_until_empty, wait_until_online};
use crate::bench::load::post_all;
use crate::bench::member::Member;
use crate::bench::objects::{APPLICATIONS, config_application, to_body};
use crate::bench::observe::Watch;
use crate::bench::report::Measurement;
use crate::bench::server::Server;

const APPLICATIONS_COUNT: usize = 1000;
const CLUSTERS_COUNT: usize = 100;

pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let members = bench.open_members(1).await?;
    let shared = measure(bench, &members, bench.scale.of(CLUSTERS_COUNT)).await?;
    let single = measure(bench, &members, members.len()).await?;
    close_all(&members).await?;
    Ok(vec![
        Measurement::new("memory_idle", shared.idle, "MiB"),
        Measurement::new("memory_clusters", shared.registered, "MiB"),
        Measurement::new("memory_loaded", shared.loaded, "MiB"),
        Measurement::new("memory_applications", single.loaded, "MiB"),
    ])
}

/// Resident memory in MiB at three moments.
struct Resident {
    idle: f64,
    registered: f64,
    loaded: f64,
}

async fn measure(bench: &Bench, members: &[Member], registrations: usize) -> Result<Resident> {
    let server = bench.serve(None).await?;
    settle().await;
    let idle = server.resident_mebibytes()?;
    for index in 0..registrations {
        let member = members.get(index % members.len()).context("no member")?;
        register(&server, &format!("c{index:03}"), member, &json!({"zone": "a"})).await?;
    }
    wait_until_online(&server).await?;
    settle().await;
    let registered = server.resident_mebibytes()?;
    run_applications(bench, &server, members).await?;
    settle().await;
    let loaded = server.resident_mebibytes()?;
    remove_applications(&server).await?;
    Ok(Resident {
        idle,
        registered,
        loaded,
    })
}

async fn run_applications(bench: &Bench, server: &Server, members: &[Member]) -> Result<()> {
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
    wait_for_state(&mut watch, &names, "RUNNING").await
}

/// Takes the objects off the clusters, so that the next measurement does not find them there.
async fn remove_applications(server: &Server) -> Result<()> {
    let list = server.call(Method::GET, APPLICATIONS, &Value::Null).await?;
    let items = list
        .pointer("/items")
        .and_then(Value::as_array)
        .context("no list")?;
    let mut connection = server.connect().await?;
    for name in items
        .iter()
        .filter_map(|item| item.pointer("/metadata/name")?.as_str())
    {
        connection
            .call(Method::DELETE, &format!("{APPLICATIONS}/{name}"), Bytes::new())
            .await?;
    }
    wait_until_empty(server).await
}

/// Not a wait for a condition: a moment of rest is what is measured.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(5)).await;
}
