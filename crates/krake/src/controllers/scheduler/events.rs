//! Events that the scheduler leaves at objects.

/// Who says so.
pub(super) const SOURCE: &str = "scheduler";

/// An application got a cluster.
pub(super) const SCHEDULED: &str = "Scheduled";
/// No cluster fits.
pub(super) const UNSCHEDULABLE: &str = "Unschedulable";
/// No cluster fits, and the attempts are used up.
pub(super) const GAVE_UP: &str = "SchedulingFailed";
/// A cluster fits again.
pub(super) const SCHEDULABLE: &str = "SchedulableAgain";
/// Metrics of a cluster have no usable values.
pub(super) const METRICS_FAILING: &str = "MetricsFailing";
/// They have again.
pub(super) const METRICS_RECOVERED: &str = "MetricsRecovered";
