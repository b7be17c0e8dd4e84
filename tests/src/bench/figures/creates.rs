//! Creates per second, each durable when it is answered, and the same client against the peer.

use anyhow::{Context as _, Result};
use bytes::Bytes;

use super::Bench;
use super::world::applications;
use crate::bench::endpoint::Endpoint;
use crate::bench::load::post_all;
use crate::bench::member::Member;
use crate::bench::objects::{APPLICATIONS, config_map_like};
use crate::bench::report::Measurement;

const CONCURRENCIES: [usize; 2] = [10, 50];
const CREATES: usize = 20_000;
/// Fewer for the peer, which is slower; seconds of load all the same.
const PEER_CREATES: usize = 4_000;
const WARM_UP: usize = 500;

/// Creates of applications in Krake.
pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    for concurrency in CONCURRENCIES {
        let server = bench.serve(Some("api")).await?;
        let warm_up = applications("warm-up", WARM_UP, &[]);
        let bodies = applications("app", bench.scale.of(CREATES), &[]);
        let rate = rate(&server.endpoint(), APPLICATIONS, warm_up, bodies, concurrency).await?;
        measurements.push(Measurement::new(format!("creates_{concurrency}"), rate, "1/s"));
    }
    Ok(measurements)
}

/// Creates of `ConfigMap`s of the same size in the peer.
pub(super) async fn peer(bench: &Bench) -> Result<Vec<Measurement>> {
    let kubeconfig = bench.peer.as_ref().context("no peer is given")?;
    let peer = Member::open(kubeconfig).await?;
    let path = format!("/api/v1/namespaces/{}/configmaps", peer.namespace);
    let mut measurements = Vec::new();
    for concurrency in CONCURRENCIES {
        let warm_up = config_maps(&format!("warm-up-{concurrency}"), WARM_UP);
        let bodies = config_maps(&format!("app-{concurrency}"), bench.scale.of(PEER_CREATES));
        let rate = rate(&peer.endpoint, &path, warm_up, bodies, concurrency).await?;
        measurements.push(Measurement::new(
            format!("peer_creates_{concurrency}"),
            rate,
            "1/s",
        ));
    }
    peer.close().await?;
    Ok(measurements)
}

fn config_maps(prefix: &str, count: usize) -> Vec<Bytes> {
    applications("app", count, &[])
        .iter()
        .enumerate()
        .map(|(index, like)| config_map_like(&format!("{prefix}-{index:05}"), like))
        .collect()
}

async fn rate(
    endpoint: &Endpoint,
    path: &str,
    warm_up: Vec<Bytes>,
    bodies: Vec<Bytes>,
    concurrency: usize,
) -> Result<f64> {
    post_all(endpoint, path, warm_up, concurrency).await?;
    let load = post_all(endpoint, path, bodies, concurrency).await?;
    Ok(load.per_second())
}
