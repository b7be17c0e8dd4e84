//! One reader per Prometheus provider, for all clusters together.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};

use super::board::Board;
use crate::api::MetricsProviderSpec;
use crate::metrics_provider::Prometheus;
use crate::scheduler::{Inputs, ProviderKey};

/// What is to be read from one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    url: String,
    metrics: BTreeSet<String>,
}

impl Source {
    /// Base URL of the provider.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Names of the metrics there.
    pub(super) fn metrics(&self) -> &BTreeSet<String> {
        &self.metrics
    }
}

/// What is to be read: providers that no cluster refers to are not.
pub(super) fn sources(inputs: &Inputs) -> HashMap<ProviderKey, Source> {
    inputs
        .wanted()
        .into_iter()
        .filter_map(|(key, metrics)| match inputs.provider(&key)? {
            MetricsProviderSpec::Prometheus { prometheus } => {
                let url = prometheus.url.clone();
                Some((key, Source { url, metrics }))
            }
            MetricsProviderSpec::Static { .. }
            | MetricsProviderSpec::Kafka { .. }
            | MetricsProviderSpec::Influx { .. } => None,
        })
        .collect()
}

/// Starts, replaces and stops readers as the board's sources change, until dropped.
pub(super) async fn follow(board: Arc<Board>, prometheus: Prometheus, interval: Duration) {
    let mut wanted = board.sources.subscribe();
    let mut readers = JoinSet::new();
    let mut running = HashMap::<ProviderKey, (Source, AbortHandle)>::new();
    loop {
        let sources = wanted.borrow_and_update().clone();
        running.retain(|key, (source, reader)| {
            let stays = sources.get(key) == Some(source);
            if !stays {
                reader.abort();
            }
            if !sources.contains_key(key) {
                board.drop_readings(key);
            }
            stays
        });
        for (key, source) in sources {
            if let Entry::Vacant(place) = running.entry(key) {
                let key = place.key().clone();
                let reader = read(board.clone(), prometheus.clone(), key, source.clone(), interval);
                place.insert((source, readers.spawn(reader)));
            }
        }
        // Readers that were aborted.
        while readers.try_join_next().is_some() {}
        if wanted.changed().await.is_err() {
            return;
        }
    }
}

async fn read(
    board: Arc<Board>,
    prometheus: Prometheus,
    key: ProviderKey,
    source: Source,
    interval: Duration,
) {
    loop {
        let values = prometheus.read(&key, &source.url, &source.metrics).await;
        board.take_readings(&key, values);
        tokio::time::sleep(interval).await;
    }
}
