//! Figures of the controller, for Prometheus.

use common::reconcile::{QueueMetrics, ReconcileMetrics};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::api::LandscapeMetadata;
use crate::sync::{Reason, UnitStatus};

/// A unit of a landscape.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UnitLabels {
    namespace: String,
    landscape: String,
    unit: String,
}

/// What is counted. Clones count the same.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    pub(super) queue: QueueMetrics,
    ready: Family<UnitLabels, Gauge>,
    suspended: Family<UnitLabels, Gauge>,
    changes: Family<UnitLabels, Counter>,
}

impl Figures {
    /// Registers them.
    pub fn register(registry: &mut Registry) -> Self {
        let figures = Self {
            queue: ReconcileMetrics::register(registry).of("landscapes"),
            ..Self::default()
        };
        let Self {
            queue: _,
            ready,
            suspended,
            changes,
        } = &figures;
        registry.register("yake_unit_ready", "1 where all is as Git says", ready.clone());
        registry.register(
            "yake_unit_suspended",
            "1 where a unit is not touched",
            suspended.clone(),
        );
        registry.register(
            "yake_unit_changes",
            "Objects that were applied or deleted",
            changes.clone(),
        );
        figures
    }

    /// Notes how units stand after a round.
    pub(super) fn note(&self, landscape: &LandscapeMetadata, statuses: &[UnitStatus]) {
        for status in statuses {
            let labels = UnitLabels {
                namespace: landscape.namespace.clone(),
                landscape: landscape.name.clone(),
                unit: status.name.clone(),
            };
            self.ready
                .get_or_create(&labels)
                .set(i64::from(status.is_ready()));
            let is_suspended = status.reason == Reason::Suspended;
            self.suspended.get_or_create(&labels).set(i64::from(is_suspended));
            let count = u64::try_from(status.applied.len()).unwrap_or(u64::MAX);
            self.changes.get_or_create(&labels).inc_by(count);
        }
    }
}
