//! Figures of queues and runs, labelled with the controller that they belong to.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds of the run times in seconds: from one round trip on loopback to a call that hangs.
const RUN_SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0, 60.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    controller: String,
}

/// The figures of all controllers of a process; a label tells them apart.
#[derive(Clone)]
pub struct ReconcileMetrics {
    waiting: Family<Labels, Gauge>,
    running: Family<Labels, Gauge>,
    runs: Family<Labels, Counter>,
    failures: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram, fn() -> Histogram>,
}

fn run_seconds() -> Histogram {
    Histogram::new(RUN_SECONDS)
}

/// Counts, but is in no registry.
impl Default for ReconcileMetrics {
    fn default() -> Self {
        Self {
            waiting: Family::default(),
            running: Family::default(),
            runs: Family::default(),
            failures: Family::default(),
            seconds: Family::new_with_constructor(run_seconds as fn() -> Histogram),
        }
    }
}

impl ReconcileMetrics {
    /// Creates the families and adds them to `registry`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "reconcile_waiting",
            "Keys that wait for a worker",
            metrics.waiting.clone(),
        );
        registry.register(
            "reconcile_running",
            "Keys that are being worked on",
            metrics.running.clone(),
        );
        registry.register("reconcile_runs", "Runs that have ended", metrics.runs.clone());
        registry.register(
            "reconcile_failures",
            "Runs that asked for a retry or panicked",
            metrics.failures.clone(),
        );
        registry.register(
            "reconcile_run_seconds",
            "How long runs took",
            metrics.seconds.clone(),
        );
        metrics
    }

    /// The figures of one controller.
    pub fn of(&self, controller: &str) -> QueueMetrics {
        let labels = Labels {
            controller: controller.to_owned(),
        };
        QueueMetrics {
            waiting: self.waiting.get_or_create_owned(&labels),
            running: self.running.get_or_create_owned(&labels),
            runs: self.runs.get_or_create_owned(&labels),
            failures: self.failures.get_or_create_owned(&labels),
            seconds: self.seconds.get_or_create_owned(&labels),
        }
    }
}

/// The figures of one controller's queue. The default counts, but is in no registry.
#[derive(Clone, Debug)]
pub struct QueueMetrics {
    waiting: Gauge,
    running: Gauge,
    runs: Counter,
    failures: Counter,
    seconds: Histogram,
}

impl Default for QueueMetrics {
    fn default() -> Self {
        Self {
            waiting: Gauge::default(),
            running: Gauge::default(),
            runs: Counter::default(),
            failures: Counter::default(),
            seconds: run_seconds(),
        }
    }
}

impl QueueMetrics {
    /// Runs that have ended so far.
    pub fn runs(&self) -> u64 {
        self.runs.get()
    }

    /// Runs so far that asked for a retry or panicked.
    pub fn failures(&self) -> u64 {
        self.failures.get()
    }

    pub(super) fn set_depth(&self, waiting: usize, running: usize) {
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.running.set(i64::try_from(running).unwrap_or(i64::MAX));
    }

    pub(super) fn count_run(&self, took: Duration) {
        self.runs.inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(super) fn count_failure(&self) {
        self.failures.inc();
    }
}
