//! Applications: manifests that run on a cluster that Krake chooses.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind::kind;
use super::{
    ApiTag, KindTag, LabelConstraint, Metadata, MetricConstraint, Reason, ResourceRef, Scope, SecretText,
    Timestamp, Violations,
};

/// An application: what shall run, and where it may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Application {
    /// `kubernetes`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `Application`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// What the user wants.
    pub spec: ApplicationSpec,
    /// What is; written by controllers through the status subresource.
    #[serde(default)]
    pub status: ApplicationStatus,
}
kind!(Application, "kubernetes", "applications", Namespaced, status: ApplicationStatus, secrets: [
    "/status/complete_token", "/status/complete_cert", "/status/complete_key",
    "/status/shutdown_token", "/status/shutdown_cert", "/status/shutdown_key"
]);

/// What the user wants of an application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationSpec {
    /// Kubernetes objects. Takes precedence over `tosca` and `csar`.
    pub manifest: Vec<Value>,
    /// TOSCA template as an object, or its URL.
    #[serde(default = "empty_object")]
    pub tosca: Value,
    /// URL of a CSAR archive.
    #[serde(default)]
    pub csar: Option<String>,
    /// Which members of each object are observed and kept; the default observes all that the manifest names.
    #[serde(default)]
    pub observer_schema: Vec<Value>,
    /// Where it may run.
    pub constraints: ApplicationConstraints,
    /// `complete`, `shutdown`.
    #[serde(default)]
    pub hooks: Vec<String>,
    /// Seconds; null for the controller's default.
    #[serde(default)]
    pub shutdown_grace_time: Option<i64>,
    /// `give_up` or `delete`; null for the controller's default.
    #[serde(default)]
    pub shutdown_failure_strategy: Option<String>,
    /// Null for the controller's default.
    #[serde(default)]
    pub shutdown_retry_count: Option<i64>,
    /// Factor by which the delay between scheduling attempts grows.
    #[serde(default = "one")]
    pub backoff: i64,
    /// Seconds before the first further scheduling attempt.
    #[serde(default = "one")]
    pub backoff_delay: i64,
    /// Scheduling attempts after the first; -1 for no limit.
    #[serde(default = "minus_one")]
    pub backoff_limit: i64,
    /// Kept for the original's clients.
    #[serde(default = "none_text")]
    pub storage_migration: String,
    /// Whether a cluster may be created for this application.
    #[serde(default)]
    pub auto_cluster_create: bool,
    /// How a migration proceeds. Beyond the original.
    #[serde(default)]
    pub migration_strategy: MigrationStrategy,
    /// Seconds that the new copy may take to become healthy; null for the controller's default. Beyond the original.
    #[serde(default)]
    pub migration_timeout: Option<i64>,
}

/// Order of steps when an application moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MigrationStrategy {
    /// Start on the new cluster, wait until healthy there, then stop on the old one: no gap.
    #[default]
    StartThenStop,
    /// Stop on the old cluster first, as the original does: never two copies.
    StopThenStart,
}

fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}
pub(super) fn one() -> i64 {
    1
}
pub(super) fn minus_one() -> i64 {
    -1
}
fn none_text() -> String {
    "none".to_owned()
}

/// Where an application may run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationConstraints {
    /// On which clusters.
    pub cluster: ClusterConstraints,
    /// Whether it may move once it is placed.
    #[serde(default = "yes")]
    pub migration: bool,
}

fn yes() -> bool {
    true
}

/// Conditions on a cluster; all must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterConstraints {
    /// On its labels.
    #[serde(default)]
    pub labels: Option<Vec<LabelConstraint>>,
    /// Custom resource definitions that it must have, `<plural>.<group>`.
    #[serde(default)]
    pub custom_resources: Vec<String>,
    /// On its weighted metrics.
    #[serde(default)]
    pub metrics: Option<Vec<MetricConstraint>>,
}

/// Life of an application.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the original's states")]
pub enum ApplicationState {
    #[default]
    Pending,
    Creating,
    Running,
    Reconciling,
    Translating,
    Retrying,
    Restarting,
    WaitingForCleaning,
    ReadyForAction,
    Migrating,
    WaitingForClusterCreation,
    Deleting,
    Deleted,
    Degraded,
    Failed,
    Completed,
}

/// What is, of an application.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ApplicationStatus {
    /// Why the state is what it is.
    pub reason: Option<Reason>,
    /// State.
    pub state: ApplicationState,
    /// Counts of pods.
    pub container_health: ContainerHealth,
    /// Set by the scheduler: the application controller acts on specs that are not newer.
    pub kube_controller_triggered: Option<Timestamp>,
    /// When the target was chosen last.
    pub scheduled: Option<Timestamp>,
    /// Target.
    pub scheduled_to: Option<ResourceRef>,
    /// Where it runs.
    pub running_on: Option<ResourceRef>,
    /// Scheduling attempts left.
    pub retries: Option<i64>,
    /// When the next scheduling attempt is due.
    pub scheduled_retry: Option<Timestamp>,
    /// Address of each Service.
    pub services: BTreeMap<String, String>,
    /// Observer schema with defaults.
    pub mangled_observer_schema: Vec<Value>,
    /// Observed members as last seen.
    pub last_observed_manifest: Vec<Value>,
    /// Objects as last applied.
    pub last_applied_manifest: Vec<Value>,
    /// Token of the complete hook.
    pub complete_token: Option<SecretText>,
    /// Certificate of the complete hook.
    pub complete_cert: Option<SecretText>,
    /// Key of the complete hook.
    pub complete_key: Option<SecretText>,
    /// Token of the shutdown hook.
    pub shutdown_token: Option<SecretText>,
    /// Certificate of the shutdown hook.
    pub shutdown_cert: Option<SecretText>,
    /// Key of the shutdown hook.
    pub shutdown_key: Option<SecretText>,
    /// End of the time that the workload has for its shutdown.
    pub shutdown_grace_period: Option<Timestamp>,
    /// Name of the cluster that is created for this application.
    pub auto_cluster_create_started: Option<String>,
    /// Failed migrations in a row.
    pub migration_retries: i64,
    /// Unix seconds before which no migration is tried.
    pub migration_timeout: i64,
    /// When the running migration began. Beyond the original.
    pub migration_started: Option<Timestamp>,
    /// Every object that may exist on a cluster because of this application, written before the request that
    /// creates it. Beyond the original.
    pub placements: Vec<Placement>,
}

/// Objects of an application on one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Placement {
    /// The cluster.
    pub cluster: ResourceRef,
    /// Identity of the objects.
    pub objects: Vec<ObjectRef>,
}

/// Identity of a Kubernetes object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ObjectRef {
    /// `group/version` or `version`.
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Namespace, null for cluster-scoped objects.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

/// Pods of an application by state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ContainerHealth {
    /// Wanted.
    pub desired_pods: i64,
    /// Ready.
    pub running_pods: i64,
    /// Finished with success.
    pub completed_pods: i64,
    /// Finished without.
    pub failed_pods: i64,
}

impl Application {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Namespaced, violations);
        self.check_source(violations);
        for (index, object) in self.spec.manifest.iter().enumerate() {
            check_manifest_object(index, object, violations);
        }
        if !self.spec.manifest.is_empty() {
            super::observer_schema::check(&self.spec.observer_schema, &self.spec.manifest, violations);
        }
    }

    fn check_source(&self, violations: &mut Violations) {
        let has_tosca = match &self.spec.tosca {
            Value::Object(template) => !template.is_empty(),
            Value::String(url) => {
                if !has_extension(url, &["yaml", "yml"]) {
                    violations.add("spec.tosca", "Invalid TOSCA template URL.");
                }
                !url.is_empty()
            }
            _ => {
                violations.add("spec.tosca", "Invalid TOSCA template content.");
                true
            }
        };
        if let Some(url) = &self.spec.csar
            && !has_extension(url, &["csar", "zip"])
        {
            violations.add("spec.csar", "Invalid CSAR archive URL.");
        }
        if self.spec.manifest.is_empty() && !has_tosca && self.spec.csar.is_none() {
            violations.add(
                "spec",
                "The application should be defined by a manifest file, a TOSCA template or a CSAR file.",
            );
        }
    }
}

fn has_extension(url: &str, extensions: &[&str]) -> bool {
    url.rsplit_once('.')
        .is_some_and(|(_, extension)| extensions.contains(&extension))
}

fn check_manifest_object(index: usize, object: &Value, violations: &mut Violations) {
    let name = object.pointer("/metadata/name").and_then(Value::as_str);
    for (field, pointer) in [
        ("apiVersion", "/apiVersion"),
        ("kind", "/kind"),
        ("metadata", "/metadata"),
        ("metadata.name", "/metadata/name"),
    ] {
        let present = match object.pointer(pointer) {
            Some(Value::Object(_)) => field == "metadata",
            Some(Value::String(text)) => !text.is_empty() && field != "metadata",
            _ => false,
        };
        if !present {
            violations.add(
                format!("spec.manifest.{index}"),
                format!(
                    "Field '{field}' not found in resource at index {index} (metadata.name: '{}')",
                    name.unwrap_or("None")
                ),
            );
        }
    }
}
