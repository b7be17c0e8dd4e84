//! Explains a decision from what the API has, wherever the scheduler runs.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{Application, Kind, List, Timestamp};
use crate::client::{Client, Error, ListOptions, Namespaces, ObjectKey};
use crate::metrics_provider::Prometheus;
use crate::scheduler::{self, Assignments, Explanation, Inputs, Settings, Snapshot};

use super::readings::sources;

/// An explanation that could not be given.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The API did not give what the decision depends on.
    #[error("cannot read what the decision depends on")]
    Api(#[from] Error),
    /// There is no HTTP client for metrics providers.
    #[error("cannot read metrics")]
    Metrics(#[from] reqwest::Error),
}

/// Explains where `application` would go now, and why. It need not exist: a dry run passes one that was
/// never sent. Reads everything that the decision depends on, and the metrics of the clusters in its
/// namespace, each with `timeout`.
pub async fn explain(
    client: &Client,
    application: &Application,
    settings: &Settings,
    timeout: Duration,
    now: Timestamp,
) -> Result<Explanation, ExplainError> {
    let namespace = application.metadata.namespace.clone();
    let (inputs, applications) = read(client, namespace.as_deref()).await?;
    let inputs = with_readings(inputs, timeout).await?;
    let mut assignments = Assignments::default();
    for other in &applications {
        assignments.set(&ObjectKey::of(other), other.status.scheduled_to.as_ref());
    }
    let snapshot = Snapshot::new(&inputs);
    Ok(scheduler::explain(
        application,
        snapshot.candidates(namespace.as_deref()),
        assignments.counts(&namespace),
        settings,
        now,
    ))
}

async fn read(client: &Client, namespace: Option<&str>) -> Result<(Inputs, Vec<Application>), Error> {
    let (clusters, clouds, metrics, providers, applications) = tokio::try_join!(
        list(client, namespace),
        list(client, namespace),
        list(client, namespace),
        list(client, namespace),
        list(client, namespace),
    )?;
    let (global_clouds, global_metrics, global_providers) =
        tokio::try_join!(list(client, None), list(client, None), list(client, None))?;
    let inputs = Inputs::new()
        .with_clusters(shared(clusters))
        .with_clouds(shared(clouds), shared(global_clouds))
        .with_metrics(shared(metrics), shared(global_metrics))
        .with_providers(shared(providers), shared(global_providers));
    Ok((inputs, applications))
}

fn shared<K>(objects: Vec<K>) -> impl Iterator<Item = Arc<K>> {
    objects.into_iter().map(Arc::new)
}

async fn list<K: Kind>(client: &Client, namespace: Option<&str>) -> Result<Vec<K>, Error> {
    let namespaces = namespace.map_or(Namespaces::All, Namespaces::One);
    let list: List<K> = client.list(namespaces, &ListOptions::default()).await?;
    Ok(list.items)
}

async fn with_readings(mut inputs: Inputs, timeout: Duration) -> Result<Inputs, reqwest::Error> {
    let prometheus = Prometheus::new(timeout)?;
    let read = sources(&inputs).into_iter().map(|(key, source)| {
        let prometheus = prometheus.clone();
        async move {
            let values = prometheus.read(&key, source.url(), source.metrics()).await;
            (key, values)
        }
    });
    inputs.readings = futures::future::join_all(read).await.into_iter().collect();
    Ok(inputs)
}
