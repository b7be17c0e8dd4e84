//! Creates per second, each durable when it is answered, and the same client against the peer.

use anyhow::Result;
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

pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    let peer = match &bench.peer {
        Some(kubeconfig) => Some(Member::open(kubeconfig).await?),
        None => None,
    };
    for concurrency in CONCURRENCIES {
        let ours = krake(bench, concurrency).await?;
        measurements.push(Measurement::new(format!("creates_{concurrency}"), ours, "1/s"));
        if let Some(peer) = &peer {
            let theirs = kubernetes(bench, peer, concurrency).await?;
            let name = format!("kube_apiserver_creates_{concurrency}");
            measurements.push(Measurement::new(name, theirs, "1/s"));
            let name = format!("creates_ratio_{concurrency}");
            measurements.push(Measurement::new(name, ours / theirs, "x"));
        }
    }
    if let Some(peer) = &peer {
        peer.close().await?;
    }
    Ok(measurements)
}

async fn krake(bench: &Bench, concurrency: usize) -> Result<f64> {
    let server = bench.serve(Some("api")).await?;
    let warm_up = applications("warm-up", WARM_UP, &[]);
    let bodies = applications("app", bench.scale.of(CREATES), &[]);
    rate(&server.endpoint(), APPLICATIONS, warm_up, bodies, concurrency).await
}

async fn kubernetes(bench: &Bench, peer: &Member, concurrency: usize) -> Result<f64> {
    let path = format!("/api/v1/namespaces/{}/configmaps", peer.namespace);
    let bodies = |prefix: &str, count| -> Vec<Bytes> {
        let like = applications(prefix, count, &[]);
        let names = (0..count).map(|index| format!("{prefix}-{concurrency}-{index:05}"));
        names
            .zip(&like)
            .map(|(name, body)| config_map_like(&name, body))
            .collect()
    };
    let (warm_up, load) = (
        bodies("warm-up", WARM_UP),
        bodies("app", bench.scale.of(PEER_CREATES)),
    );
    rate(&peer.endpoint, &path, warm_up, load, concurrency).await
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
