//! What several figures start from: servers, simulated clusters, registered members.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::Bench;
use crate::bench::member::Member;
use crate::bench::objects::{self, APPLICATIONS, CLUSTERS};
use crate::bench::observe::{Event, Watch};
use crate::bench::server::Server;

/// The parts that place without any cluster being reachable.
pub(super) const PLACING: &str = "api,scheduler";

impl Bench {
    pub(super) async fn serve(&self, parts: Option<&str>) -> Result<Server> {
        Server::start(&self.krake, &self.folder, parts).await
    }

    /// Opens the real clusters.
    pub(super) async fn open_members(&self, at_least: usize) -> Result<Vec<Member>> {
        if self.members.len() < at_least {
            bail!("this figure needs {at_least} real clusters");
        }
        let mut members = Vec::new();
        for kubeconfig in &self.members {
            members.push(Member::open(kubeconfig).await?);
        }
        Ok(members)
    }
}

/// A server with one real cluster registered and found healthy.
pub(super) async fn serve_one_member(bench: &Bench) -> Result<(Server, Member)> {
    let Some(kubeconfig) = bench.members.first() else {
        bail!("this figure needs a real cluster");
    };
    let member = Member::open(kubeconfig).await?;
    let server = bench.serve(None).await?;
    register(&server, "member", &member, &json!({"zone": "a"})).await?;
    wait_until_online(&server).await?;
    Ok((server, member))
}

pub(super) async fn close_all(members: &[Member]) -> Result<()> {
    for member in members {
        member.close().await?;
    }
    Ok(())
}

/// Registers clusters whose kubeconfigs lead nowhere and says that they are online.
pub(super) async fn simulate_clusters(server: &Server, count: usize, metrics: &Value) -> Result<()> {
    let mut connection = server.connect().await?;
    for index in 0..count {
        let name = format!("c{index:03}");
        let kubeconfig = objects::simulated_kubeconfig(&name);
        let cluster = objects::cluster(&name, &kubeconfig, &json!({"zone": "a"}), metrics);
        let body = objects::to_body(&cluster);
        let answer = connection.call(Method::POST, CLUSTERS, body).await?;
        let mut stored: Value = serde_json::from_slice(&answer)?;
        *stored
            .pointer_mut("/status/state")
            .context("a cluster has a state")? = json!("ONLINE");
        let path = format!("{CLUSTERS}/{name}/status");
        connection
            .call(Method::PUT, &path, objects::to_body(&stored))
            .await?;
    }
    Ok(())
}

/// Registers a real cluster; [`wait_until_online`] follows.
pub(super) async fn register(server: &Server, name: &str, member: &Member, labels: &Value) -> Result<()> {
    let cluster = objects::cluster(name, &member.kubeconfig, labels, &json!([]));
    server.call(Method::POST, CLUSTERS, &cluster).await?;
    Ok(())
}

/// Waits until the controller has found all clusters healthy.
pub(super) async fn wait_until_online(server: &Server) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let clusters = server.call(Method::GET, CLUSTERS, &Value::Null).await?;
        let items = clusters
            .pointer("/items")
            .and_then(Value::as_array)
            .context("no list")?;
        let is_online = |cluster: &&Value| cluster.pointer("/status/state") == Some(&json!("ONLINE"));
        if items.iter().filter(is_online).count() == items.len() {
            return Ok(());
        }
        if Instant::now() > deadline {
            let states: Vec<_> = items.iter().filter_map(|item| item.pointer("/status")).collect();
            bail!("clusters are not online: {}", json!(states));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Creates an application.
pub(super) async fn submit(server: &Server, application: &Value) -> Result<()> {
    server.call(Method::POST, APPLICATIONS, application).await?;
    Ok(())
}

/// Deletes an application and waits until it is gone.
pub(super) async fn remove(server: &Server, watch: &mut Watch, name: &str) -> Result<()> {
    server
        .call(Method::DELETE, &format!("{APPLICATIONS}/{name}"), &Value::Null)
        .await?;
    loop {
        let sighting = watch.next(Duration::from_mins(1)).await?;
        if sighting.name == name && sighting.event == Event::Deleted {
            return Ok(());
        }
    }
}

/// Waits until no application is left.
pub(super) async fn wait_until_empty(server: &Server) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let list = server.call(Method::GET, APPLICATIONS, &Value::Null).await?;
        let left = list
            .pointer("/items")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        if left == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("{left} applications are not gone");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the named applications are in a state.
pub(super) async fn wait_for_state(watch: &mut Watch, names: &[String], state: &str) -> Result<()> {
    let mut missing: std::collections::BTreeSet<&str> = names.iter().map(String::as_str).collect();
    while !missing.is_empty() {
        let sighting = watch
            .next(Duration::from_mins(1))
            .await
            .with_context(|| format!("{} applications are not {state}", missing.len()))?;
        if sighting.state.as_deref() == Some(state) {
            missing.remove(sighting.name.as_str());
        }
    }
    Ok(())
}

/// Where each of `count` applications was placed, and when the last of them was.
pub(super) struct Placed {
    pub(super) last: Instant,
    pub(super) clusters: BTreeMap<String, String>,
}

/// Reads a watch until `count` applications are placed.
pub(super) async fn wait_until_placed(watch: &mut Watch, count: usize) -> Result<Placed> {
    let mut clusters = BTreeMap::new();
    let mut last = Instant::now();
    while clusters.len() < count {
        let sighting = watch
            .next(Duration::from_mins(1))
            .await
            .with_context(|| format!("{} of {count} applications are placed", clusters.len()))?;
        if let Some(cluster) = sighting.scheduled_to
            && clusters.insert(sighting.name, cluster).is_none()
        {
            last = sighting.at;
        }
    }
    Ok(Placed { last, clusters })
}

/// Bodies of `count` applications named `PREFIX-0000`, …
pub(super) fn applications(prefix: &str, count: usize, labels: &[&str]) -> Vec<Bytes> {
    (0..count)
        .map(|index| objects::echo_application(&format!("{prefix}-{index:05}"), "default", labels))
        .map(|application| objects::to_body(&application))
        .collect()
}
