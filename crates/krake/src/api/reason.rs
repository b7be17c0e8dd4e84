//! Why an object is in its state.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Machine-readable cause; names and meanings as in the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(
    missing_docs,
    reason = "the names are the documentation: they are the original's codes"
)]
pub enum ReasonCode {
    InternalError,
    InvalidResource,
    UnsupportedResource,
    InvalidCustomResource,
    InvalidToscaManifest,
    ClusterNotReachable,
    NoSuitableResource,
    KubernetesError,
    CreateFailed,
    ReconcileFailed,
    ReconfigureFailed,
    DeleteFailed,
    RetrieveFailed,
    NotFound,
    OpenstackError,
    InvalidClusterTemplate,
    InvalidMetric,
    UnreachableMetricsProvider,
    UnknownMetric,
    UnknownMetricsProvider,
}

/// Cause and a sentence for people that names what is affected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Machine-readable cause.
    pub code: ReasonCode,
    /// For people.
    pub message: String,
}

impl Reason {
    /// A reason.
    pub fn new(code: ReasonCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}
