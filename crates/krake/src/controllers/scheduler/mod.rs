//! The scheduler: binds applications to clusters and keeps them where they fit best.
//!
//! Flow: caches of all kinds that matter feed a [`World`](world::World), which computes a snapshot of all
//! candidates whenever one of their inputs changed, and queues the applications of the namespaces in which
//! that can make a difference. One reader per Prometheus provider feeds it with values. Each queued
//! application is decided by [`scheduler::decide`](crate::scheduler::decide), and the decision is written:
//! a binding, a confirmation of an update, or the reason why nothing fits.
//!
//! Guarantees: a decision and its entry in the book of assignments are one step, so that applications which
//! are decided at the same time are spread evenly; every write is conditional on the copy that was decided
//! upon; one namespace cannot take all workers; without changes nothing is computed and nothing written.

mod application;
mod board;
mod cluster;
mod events;
mod explain;
mod readings;
mod world;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use common::reconcile::{Grouping, QueueMetrics, Runner, RunnerOptions};
use tokio_util::sync::CancellationToken;

use super::ControllerContext;
use super::recorder::Recorder;
use crate::client::ObjectKey;
use crate::metrics_provider::Prometheus;
use crate::scheduler::Settings;

pub use explain::{ExplainError, explain};

/// How the scheduler works.
#[derive(Debug, Clone)]
pub struct Options {
    /// How eager it is to move applications.
    pub settings: Settings,
    /// Pause between two readings of a metrics provider.
    pub metrics_interval: Duration,
    /// Time that a metrics provider has to answer a query.
    pub metrics_timeout: Duration,
    /// Writes at a time.
    pub workers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            metrics_interval: Duration::from_secs(5),
            metrics_timeout: Duration::from_secs(5),
            workers: 64,
        }
    }
}

/// Schedules until `stop`.
pub async fn run(context: ControllerContext, options: Options, stop: CancellationToken) {
    let prometheus = match Prometheus::new(options.metrics_timeout) {
        Ok(prometheus) => prometheus,
        Err(error) => {
            tracing::error!(%error, "the scheduler cannot start: no HTTP client for metrics providers");
            return;
        }
    };
    let board = Arc::new(board::Board::new(options.settings));
    let world = world::World::new(&context, board.clone());
    if stop.run_until_cancelled(world.synced()).await.is_none() {
        return;
    }
    world.rebuild();
    tracing::info!("scheduler started");
    let readings = readings::follow(board.clone(), prometheus, options.metrics_interval);
    let (recorder, recording) = Recorder::start(&context.client, events::SOURCE);
    let applications = Arc::new(application::Applications::new(
        &context,
        board.clone(),
        recorder.clone(),
    ));
    let clusters = Arc::new(cluster::Clusters::new(&context, board.clone(), recorder));
    let application_options = runner_options(&options, context.metrics.of("scheduler"));
    let cluster_options = RunnerOptions {
        metrics: context.metrics.of("scheduler-clusters"),
        ..RunnerOptions::default()
    };
    let application_runs =
        Runner::new(board.applications.clone(), application_options).run(stop.clone(), move |key| {
            let applications = applications.clone();
            async move { applications.reconcile(&key).await }
        });
    let cluster_runs = Runner::new(board.clusters.clone(), cluster_options).run(stop.clone(), move |key| {
        let clusters = clusters.clone();
        async move { clusters.reconcile(&key).await }
    });
    let followers = async {
        stop.run_until_cancelled(async { tokio::join!(world.follow(), readings) })
            .await;
    };
    tokio::join!(followers, application_runs, cluster_runs);
    recording.finish().await;
    tracing::info!("scheduler stopped");
}

/// No namespace may hold more than three quarters of the workers.
fn runner_options(options: &Options, metrics: QueueMetrics) -> RunnerOptions<ObjectKey> {
    let workers = options.workers.max(1);
    let share = (workers.saturating_mul(3) / 4).max(1);
    RunnerOptions {
        workers,
        grouping: Some(Grouping::new(share, |key: &ObjectKey| {
            key.namespace.as_deref().map(Arc::from)
        })),
        metrics,
        ..RunnerOptions::default()
    }
}
