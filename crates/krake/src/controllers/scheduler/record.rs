//! Events that the scheduler leaves at objects.

use crate::api::{Event, EventType, Kind};
use crate::client::Client;

/// Who says so.
const SOURCE: &str = "scheduler";

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

/// Leaves an event. That this may fail changes nothing.
pub(super) async fn record<K: Kind>(
    client: &Client,
    object: &K,
    event_type: EventType,
    reason: &str,
    message: String,
) {
    let event = Event::new(event_type, reason, message, SOURCE);
    if let Err(error) = client.record(object, &event).await {
        tracing::debug!(%error, reason, "an event was not recorded");
    }
}
