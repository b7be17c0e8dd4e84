//! Many requests as fast as a number of kept connections can carry them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use http::Method;
use tokio::task::JoinSet;

use super::endpoint::{Connection, Endpoint};

/// When a request was sent and when its answer had been read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchange {
    pub(super) index: usize,
    pub(super) sent: Instant,
    pub(super) answered: Instant,
}

/// All exchanges of a load, by index.
#[derive(Debug, Clone, Default)]
pub(super) struct Load {
    pub(super) exchanges: Vec<Exchange>,
}

impl Load {
    /// First request sent to last answer read.
    pub(super) fn elapsed(&self) -> Duration {
        let start = self.exchanges.iter().map(|exchange| exchange.sent).min();
        let end = self.exchanges.iter().map(|exchange| exchange.answered).max();
        match (start, end) {
            (Some(start), Some(end)) => end.duration_since(start),
            _ => Duration::ZERO,
        }
    }

    /// When the first request was sent.
    pub(super) fn start(&self) -> Option<Instant> {
        self.exchanges.iter().map(|exchange| exchange.sent).min()
    }

    pub(super) fn per_second(&self) -> f64 {
        let count = f64::from(u32::try_from(self.exchanges.len()).unwrap_or(u32::MAX));
        count / self.elapsed().as_secs_f64()
    }
}

/// Posts every body to `path` over `concurrency` connections, which are opened before the clock starts.
pub(super) async fn post_all(
    endpoint: &Endpoint,
    path: &str,
    bodies: Vec<Bytes>,
    concurrency: usize,
) -> Result<Load> {
    let bodies: Arc<[Bytes]> = bodies.into();
    let path: Arc<str> = path.into();
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::with_capacity(concurrency);
    for _ in 0..concurrency {
        connections.push(endpoint.connect().await?);
    }
    let mut workers = JoinSet::new();
    for connection in connections {
        let (bodies, path, next) = (Arc::clone(&bodies), Arc::clone(&path), Arc::clone(&next));
        workers.spawn(async move { post_some(connection, &path, &bodies, &next).await });
    }
    let mut exchanges = Vec::with_capacity(bodies.len());
    while let Some(worker) = workers.join_next().await {
        exchanges.extend(worker??);
    }
    exchanges.sort_unstable_by_key(|exchange| exchange.index);
    Ok(Load { exchanges })
}

async fn post_some(
    mut connection: Connection,
    path: &str,
    bodies: &[Bytes],
    next: &AtomicUsize,
) -> Result<Vec<Exchange>> {
    let mut exchanges = Vec::new();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(body) = bodies.get(index) else {
            return Ok(exchanges);
        };
        let sent = Instant::now();
        connection.call(Method::POST, path, body.clone()).await?;
        exchanges.push(Exchange {
            index,
            sent,
            answered: Instant::now(),
        });
    }
}
