//! Clusters: registered by kubeconfig, or to be created on a cloud from a template.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::application::{minus_one, one};
use super::kind::kind;
use super::{
    ApiTag, KindTag, LabelConstraint, Metadata, MetricConstraint, MetricRef, Reason, ResourceRef, Scope,
    SecretObject, Timestamp, Violations,
};

/// A Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cluster {
    /// `kubernetes`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `Cluster`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// What the user wants.
    pub spec: ClusterSpec,
    /// What is.
    #[serde(default)]
    pub status: ClusterStatus,
}
kind!(Cluster, "kubernetes", "clusters", Namespaced, status: ClusterStatus, secrets: ["/spec/kubeconfig"]);

/// What the user wants of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterSpec {
    /// Kubeconfig with exactly one context, user and cluster, everything inline.
    #[serde(default)]
    pub kubeconfig: SecretObject,
    /// TOSCA template of a cluster that is to be created.
    #[serde(default)]
    pub tosca: Map<String, Value>,
    /// Custom resource definitions that applications may rely on, `<plural>.<group>`.
    #[serde(default)]
    pub custom_resources: Vec<String>,
    /// On which clouds it may be created.
    pub constraints: CloudConstraintsOfCluster,
    /// Weighted metrics for the ranking.
    #[serde(default)]
    pub metrics: Vec<MetricRef>,
    /// Whether the metrics of its cloud count too.
    #[serde(default)]
    pub inherit_metrics: bool,
    /// Kept for the original's clients.
    #[serde(default = "one")]
    pub backoff: i64,
    /// Kept for the original's clients.
    #[serde(default = "one")]
    pub backoff_delay: i64,
    /// Kept for the original's clients.
    #[serde(default = "minus_one")]
    pub backoff_limit: i64,
    /// Whether Krake itself created the record.
    #[serde(default)]
    pub auto_generated: bool,
}

/// Where a cluster may be created.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CloudConstraintsOfCluster {
    /// On which clouds.
    pub cloud: CloudConstraints,
}

/// Conditions on a cloud; all must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CloudConstraints {
    /// On its labels.
    #[serde(default)]
    pub labels: Option<Vec<LabelConstraint>>,
    /// On its weighted metrics.
    #[serde(default)]
    pub metrics: Option<Vec<MetricConstraint>>,
}

/// Life of a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the original's states")]
pub enum ClusterState {
    #[default]
    Pending,
    Online,
    Connecting,
    Offline,
    Unhealthy,
    // One word in the original.
    #[serde(rename = "NOTREADY")]
    NotReady,
    FailingMetrics,
    Creating,
    Reconciling,
    Deleting,
    FailingReconciliation,
    Failed,
    Degraded,
}

/// What is, of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClusterStatus {
    /// Why the state is what it is.
    pub reason: Option<Reason>,
    /// Kept for the original's clients.
    pub kube_controller_triggered: Option<Timestamp>,
    /// State.
    pub state: ClusterState,
    /// Why each failing metric fails.
    pub metrics_reasons: BTreeMap<String, Reason>,
    /// Template as last applied.
    pub last_applied_tosca: Map<String, Value>,
    /// Nodes with their conditions.
    pub nodes: Vec<ClusterNode>,
    /// Identity at the infrastructure provider.
    pub cluster_id: Option<String>,
    /// When its cloud was chosen.
    pub scheduled: Option<Timestamp>,
    /// Its cloud.
    pub scheduled_to: Option<ResourceRef>,
    /// The cloud where it runs.
    pub running_on: Option<ResourceRef>,
    /// Kept for the original's clients.
    pub retries: i64,
}

/// A node of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterNode {
    /// `kubernetes`.
    #[serde(default = "kubernetes")]
    pub api: String,
    /// `ClusterNode`.
    #[serde(default = "cluster_node")]
    pub kind: String,
    /// Its name.
    pub metadata: ClusterNodeMetadata,
    /// Its conditions; null while unknown.
    #[serde(default)]
    pub status: Option<ClusterNodeStatus>,
}

fn kubernetes() -> String {
    "kubernetes".to_owned()
}
fn cluster_node() -> String {
    "ClusterNode".to_owned()
}

impl ClusterNode {
    /// A node with its conditions.
    pub fn new(name: String, conditions: Vec<ClusterNodeCondition>) -> Self {
        Self {
            api: kubernetes(),
            kind: cluster_node(),
            metadata: ClusterNodeMetadata { name },
            status: Some(ClusterNodeStatus { conditions }),
        }
    }
}

/// Name of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterNodeMetadata {
    /// Name.
    pub name: String,
}

/// Conditions of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterNodeStatus {
    /// As Kubernetes reports them.
    pub conditions: Vec<ClusterNodeCondition>,
}

/// A condition of a node, as in `core/v1` `NodeCondition`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterNodeCondition {
    /// For people.
    pub message: String,
    /// Machine-readable cause.
    pub reason: String,
    /// `True`, `False`, `Unknown`.
    pub status: String,
    /// `Ready`, `MemoryPressure`, …
    #[serde(rename = "type")]
    pub condition_type: String,
}

impl Cluster {
    /// Whether the cluster was registered by kubeconfig (or is up), rather than waiting to be created.
    pub fn has_kubeconfig(&self) -> bool {
        !self.spec.kubeconfig.is_empty()
    }

    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Namespaced, violations);
        if self.spec.kubeconfig.is_empty() && self.spec.tosca.is_empty() {
            violations.add(
                "spec",
                "The cluster should be defined by a kubeconfig or a TOSCA template.",
            );
        }
        if !self.spec.kubeconfig.is_empty() {
            super::kubeconfig::check(self.spec.kubeconfig.expose(), violations);
        }
        if !self.spec.tosca.is_empty()
            && Value::Object(self.spec.tosca.clone())
                .pointer("/topology_template/outputs/kubeconfig")
                .is_none()
        {
            violations.add(
                "spec.tosca",
                "Invalid TOSCA template content. The output `kubeconfig` is missing.",
            );
        }
    }
}
