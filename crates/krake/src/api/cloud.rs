//! Clouds (group `infrastructure`): stored and validated; clusters may inherit their labels and metrics.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::kind;
use super::{ApiTag, KindTag, Metadata, MetricRef, Reason, Scope, SecretText, Violations};

/// How to reach a cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
#[expect(missing_docs, reason = "the variant wraps the body of its own name")]
pub enum CloudSpec {
    Openstack { openstack: OpenstackSpec },
}

/// An OpenStack cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenstackSpec {
    /// URL of Keystone.
    pub url: String,
    /// Credentials.
    pub auth: OpenstackAuth,
    /// Weighted metrics for the ranking.
    #[serde(default)]
    pub metrics: Vec<MetricRef>,
    /// Who creates clusters there.
    pub infrastructure_provider: InfrastructureProviderRef,
}

/// Credentials of a cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
#[expect(missing_docs, reason = "the variant wraps the body of its own name")]
pub enum OpenstackAuth {
    Password { password: OpenstackPassword },
}

/// Password credentials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenstackPassword {
    /// Version of the identity API.
    #[serde(default = "three")]
    pub version: String,
    /// Who.
    pub user: OpenstackUser,
    /// In which project.
    pub project: OpenstackProject,
}

fn three() -> String {
    "3".to_owned()
}

/// A user by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenstackUser {
    /// Name.
    pub username: String,
    /// Password.
    pub password: SecretText,
    /// Domain.
    #[serde(default = "default_domain_name")]
    pub domain_name: String,
    /// For people.
    #[serde(default)]
    pub comment: Option<String>,
}

fn default_domain_name() -> String {
    "Default".to_owned()
}

/// A project by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenstackProject {
    /// Name.
    pub name: String,
    /// Domain.
    #[serde(default = "default_domain_id")]
    pub domain_id: String,
    /// For people.
    #[serde(default)]
    pub comment: Option<String>,
}

fn default_domain_id() -> String {
    "default".to_owned()
}

/// Names an infrastructure provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfrastructureProviderRef {
    /// Name.
    pub name: String,
    /// Whether it lives in the cloud's namespace.
    #[serde(default)]
    pub namespaced: bool,
}

/// Whether a cloud can be ranked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CloudState {
    /// Usable.
    #[default]
    Online,
    /// A metric has no valid value.
    FailingMetrics,
}

/// What is, of a cloud.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CloudStatus {
    /// Why the state is what it is.
    pub reason: Option<Reason>,
    /// State.
    pub state: CloudState,
    /// Why each failing metric fails.
    pub metrics_reasons: BTreeMap<String, Reason>,
}

/// A cloud of one namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cloud {
    /// `infrastructure`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `Cloud`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// How to reach it.
    pub spec: CloudSpec,
    /// What is.
    #[serde(default)]
    pub status: CloudStatus,
}
kind!(Cloud, "infrastructure", "clouds", Namespaced, status: CloudStatus,
    secrets: ["/spec/openstack/auth/password/user/password"]);

impl Cloud {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Namespaced, violations);
    }
}

/// A cloud for all namespaces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GlobalCloud {
    /// `infrastructure`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `GlobalCloud`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// How to reach it.
    pub spec: CloudSpec,
    /// What is.
    #[serde(default)]
    pub status: CloudStatus,
}
kind!(GlobalCloud, "infrastructure", "globalclouds", Global, status: CloudStatus,
    secrets: ["/spec/openstack/auth/password/user/password"]);

impl GlobalCloud {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Global, violations);
        let CloudSpec::Openstack { openstack } = &self.spec;
        if openstack.infrastructure_provider.namespaced {
            violations.add(
                "spec.openstack.infrastructure_provider.namespaced",
                "A global cloud cannot refer to a namespaced infrastructure provider.",
            );
        }
        for (index, metric) in openstack.metrics.iter().enumerate() {
            if metric.namespaced {
                violations.add(
                    format!("spec.openstack.metrics.{index}.namespaced"),
                    "A global cloud cannot refer to a namespaced metric.",
                );
            }
        }
    }
}
