//! How a scheduler is set, as the API tells those who explain its decisions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the scheduler. What the API cannot know, because the scheduler runs as a process of its own
/// with a configuration of its own, is null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Scheduling {
    /// Least time in seconds that an application stays where it was put.
    pub reschedule_after: Option<f64>,
    /// Weight of staying in the ranking.
    pub stickiness: Option<f64>,
    /// Seconds between two readings of a metrics provider.
    pub metrics_interval: Option<f64>,
}
