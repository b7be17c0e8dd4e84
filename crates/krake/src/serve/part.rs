//! The parts of Krake that a process can run.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A part of Krake.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    ValueEnum,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lowercase")]
pub enum Part {
    /// HTTP API and store.
    Api,
    /// Chooses clusters for applications.
    Scheduler,
    /// Applies applications to their clusters.
    #[value(alias = "kubernetes_application")]
    Application,
    /// Watches the health of clusters.
    #[value(alias = "kubernetes_cluster")]
    Cluster,
    /// Deletes what deleted owners leave.
    #[value(alias = "garbage_collector", alias = "garbage")]
    Gc,
}

impl Part {
    /// All parts, which is what a process runs unless told otherwise.
    pub const ALL: [Self; 5] = [
        Self::Api,
        Self::Scheduler,
        Self::Application,
        Self::Cluster,
        Self::Gc,
    ];

    /// Name in messages and figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Scheduler => "scheduler",
            Self::Application => "application",
            Self::Cluster => "cluster",
            Self::Gc => "gc",
        }
    }

    /// The user as whom the part talks to an API in the same process.
    pub fn user(self) -> &'static str {
        match self {
            Self::Api => "system:admin",
            Self::Scheduler => "system:scheduler",
            Self::Application => "system:kubernetes-application",
            Self::Cluster => "system:kubernetes-cluster",
            Self::Gc => "system:gc",
        }
    }
}
