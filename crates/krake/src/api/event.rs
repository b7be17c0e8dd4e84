//! Events of an object: what Krake did to it and why. Beyond the original.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ResourceRef, Timestamp};

/// Whether somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EventType {
    /// All as intended.
    Normal,
    /// Somebody may want to look.
    Warning,
}

/// Something that happened to an object; repetitions are counted, not repeated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Whether somebody should look.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// Machine-readable cause in upper camel case, `Scheduled`.
    pub reason: String,
    /// For people.
    pub message: String,
    /// Who says so, `scheduler`.
    pub source: String,
    /// How often.
    #[serde(default = "once")]
    pub count: u64,
    /// First time; set by the server.
    #[serde(default)]
    pub first: Timestamp,
    /// Last time; set by the server.
    #[serde(default)]
    pub last: Timestamp,
}

impl Event {
    /// An event that has just happened; the server counts and dates it.
    pub fn new(event_type: EventType, reason: &str, message: String, source: &str) -> Self {
        Self {
            event_type,
            reason: reason.to_owned(),
            message,
            source: source.to_owned(),
            count: once(),
            first: Timestamp::default(),
            last: Timestamp::default(),
        }
    }
}

fn once() -> u64 {
    1
}

/// Body of `PUT …/applications/{name}/binding`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterBinding {
    /// Target.
    pub cluster: ResourceRef,
}

/// Body of `PUT …/clusters/{name}/binding`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CloudBinding {
    /// Target.
    pub cloud: ResourceRef,
}

/// Body of `PUT …/magnumclusters/{name}/binding`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MagnumClusterBinding {
    /// Target.
    pub project: ResourceRef,
    /// Template of the project.
    pub template: String,
}

/// Body of the hooks `complete` and `shutdown`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HookToken {
    /// Token that was injected into the workload.
    #[serde(default)]
    pub token: Option<String>,
}
