//! The legacy Magnum kinds (group `openstack`): stored and validated; no controller acts on them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::kind;
use super::{
    ApiTag, CloudState, KindTag, LabelConstraint, Metadata, MetricRef, Reason, ResourceRef, Scope,
    SecretText, Violations,
};

/// An OpenStack project in which Magnum clusters can be created.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Project {
    /// `openstack`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `Project`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// How to reach it.
    pub spec: ProjectSpec,
    /// What is.
    #[serde(default)]
    pub status: ProjectStatus,
}
kind!(Project, "openstack", "projects", Namespaced, status: ProjectStatus,
    secrets: ["/spec/auth/password/user/password", "/spec/auth/application_credential/secret"]);

impl Project {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Namespaced, violations);
    }
}

/// How to reach a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectSpec {
    /// URL of Keystone.
    pub url: String,
    /// Credentials.
    pub auth: ProjectAuth,
    /// UUID of the Magnum cluster template.
    pub template: String,
    /// Weighted metrics for the ranking.
    #[serde(default)]
    pub metrics: Vec<MetricRef>,
}

/// Credentials of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant wraps the body of its own name")]
pub enum ProjectAuth {
    Password {
        password: ProjectPassword,
    },
    ApplicationCredential {
        application_credential: ApplicationCredential,
    },
}

/// Password credentials by identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectPassword {
    /// Version of the identity API.
    #[serde(default = "three")]
    pub version: String,
    /// Who.
    pub user: ProjectUser,
    /// In which project.
    pub project: ProjectId,
}

fn three() -> String {
    "3".to_owned()
}

/// A user by identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectUser {
    /// UUID.
    pub id: String,
    /// Password.
    pub password: SecretText,
    /// For people.
    #[serde(default)]
    pub comment: Option<String>,
}

/// A project by identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectId {
    /// UUID.
    pub id: String,
    /// For people.
    #[serde(default)]
    pub comment: Option<String>,
}

/// An application credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationCredential {
    /// UUID.
    pub id: String,
    /// Secret.
    pub secret: SecretText,
    /// For people.
    #[serde(default)]
    pub comment: Option<String>,
}

/// What is, of a project.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProjectStatus {
    /// Why the state is what it is.
    pub reason: Option<Reason>,
    /// State.
    pub state: CloudState,
    /// Why each failing metric fails.
    pub metrics_reasons: BTreeMap<String, Reason>,
}

/// A cluster that Magnum creates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MagnumCluster {
    /// `openstack`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `MagnumCluster`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// What the user wants.
    pub spec: MagnumClusterSpec,
    /// What is.
    #[serde(default)]
    pub status: MagnumClusterStatus,
}
kind!(MagnumCluster, "openstack", "magnumclusters", Namespaced, status: MagnumClusterStatus, secrets: [],
    immutable: immutable_changes);

fn immutable_changes(new: &MagnumCluster, stored: &MagnumCluster) -> Vec<&'static str> {
    let mut changes = Vec::new();
    if new.spec.master_count != stored.spec.master_count {
        changes.push("master_count");
    }
    if stored.status.template.is_some() && new.status.template != stored.status.template {
        changes.push("template");
    }
    changes
}

impl MagnumCluster {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Namespaced, violations);
    }
}

/// What the user wants of a Magnum cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MagnumClusterSpec {
    /// Immutable.
    #[serde(default)]
    pub master_count: Option<i64>,
    /// Worker nodes.
    #[serde(default)]
    pub node_count: Option<i64>,
    /// Weighted metrics for the ranking.
    #[serde(default)]
    pub metrics: Vec<MetricRef>,
    /// In which projects it may be created.
    #[serde(default)]
    pub constraints: Option<MagnumClusterConstraints>,
}

/// In which projects a Magnum cluster may be created.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MagnumClusterConstraints {
    /// On which projects.
    #[serde(default)]
    pub project: Option<ProjectConstraints>,
}

/// Conditions on a project.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectConstraints {
    /// On its labels.
    #[serde(default)]
    pub labels: Vec<LabelConstraint>,
}

/// Life of a Magnum cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the original's states")]
pub enum MagnumClusterState {
    #[default]
    Pending,
    Creating,
    Running,
    Reconciling,
    Deleting,
    Failed,
}

/// What is, of a Magnum cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MagnumClusterStatus {
    /// Why the state is what it is.
    pub reason: Option<Reason>,
    /// State.
    pub state: MagnumClusterState,
    /// Its project.
    pub project: Option<ResourceRef>,
    /// Template, immutable once set.
    pub template: Option<String>,
    /// Identity at Magnum.
    pub cluster_id: Option<String>,
    /// Worker nodes.
    pub node_count: Option<i64>,
    /// Address of the API server.
    pub api_address: Option<String>,
    /// Addresses of control-plane nodes.
    pub master_addresses: Vec<String>,
    /// Addresses of worker nodes.
    pub node_addresses: Vec<String>,
    /// The Kubernetes cluster that stands for it.
    pub cluster: Option<ResourceRef>,
}
