//! Is an object well? Judged from the live object alone, by the rules that kstatus made common, with the
//! reasons in words. Pure.

mod kinds;
mod pod;
mod read;
mod workload;

use serde_json::Value;

use read::{condition, flag, integer, text};

/// State of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// As wanted.
    Healthy,
    /// On the way; the message says what is missing.
    Progressing {
        /// What is missing.
        message: String,
    },
    /// Will not become well by waiting; the message says what is wrong.
    Unhealthy {
        /// What is wrong.
        message: String,
    },
    /// Ran to its end.
    Completed,
}

/// Counts of pods, for kinds that run some.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pods {
    /// How many should run (or complete, for a job).
    pub desired: u32,
    /// How many are ready (active, for a job).
    pub running: u32,
    /// How many succeeded.
    pub completed: u32,
    /// How many failed.
    pub failed: u32,
}

/// Judgement of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// State.
    pub health: Health,
    /// Counts; `None` for kinds without pods.
    pub pods: Option<Pods>,
}

impl Health {
    pub(super) fn progressing(message: impl Into<String>) -> Self {
        Self::Progressing {
            message: message.into(),
        }
    }

    pub(super) fn unhealthy(message: impl Into<String>) -> Self {
        Self::Unhealthy {
            message: message.into(),
        }
    }

    /// Healthy or completed: nothing to wait for.
    pub fn is_settled_well(&self) -> bool {
        matches!(self, Self::Healthy | Self::Completed)
    }
}

/// Judges a live object. Kinds without rules of their own follow the conventions: `observedGeneration` and a
/// `Ready` condition where there is one; what has neither is healthy because it exists.
pub fn assess(object: &Value) -> Assessment {
    let group = text(object, "/apiVersion")
        .and_then(|version| version.rsplit_once('/'))
        .map_or("", |(group, _)| group);
    let kind = text(object, "/kind").unwrap_or_default();
    let (health, pods) = match (group, kind) {
        ("apps", "Deployment") => (workload::deployment(object), Some(workload::replicas(object))),
        ("apps", "StatefulSet") => (workload::stateful_set(object), Some(workload::replicas(object))),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => {
            (workload::replica_set(object), Some(workload::replicas(object)))
        }
        ("apps", "DaemonSet") => (workload::daemon_set(object), Some(workload::daemons(object))),
        ("batch", "Job") => (workload::job(object), Some(workload::completions(object))),
        ("", "Pod") => (pod::health(object), Some(pod::counts(object))),
        _ => (without_pods(group, kind, object), None),
    };
    let health = if object.pointer("/metadata/deletionTimestamp").is_some() {
        Health::progressing("it is being deleted")
    } else {
        health
    };
    Assessment { health, pods }
}

fn without_pods(group: &str, kind: &str, object: &Value) -> Health {
    match (group, kind) {
        ("", "Service") => kinds::service(object),
        ("", "PersistentVolumeClaim") => kinds::volume_claim(object),
        ("", "Namespace") => kinds::namespace(object),
        ("batch", "CronJob") => Health::Healthy,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => kinds::definition(object),
        ("apiregistration.k8s.io", "APIService") => kinds::api_service(object),
        _ => conventional(object),
    }
}

/// Rules for any kind.
fn conventional(object: &Value) -> Health {
    if let Some(behind) = behind(object) {
        return behind;
    }
    if let Some(stalled) = condition(object, "Stalled").filter(|condition| flag(condition) == Some(true)) {
        return Health::unhealthy(read::message(stalled));
    }
    if let Some(going) = condition(object, "Reconciling").filter(|condition| flag(condition) == Some(true)) {
        return Health::progressing(read::message(going));
    }
    match condition(object, "Ready") {
        Some(ready) if flag(ready) != Some(true) => Health::progressing(read::message(ready)),
        _ => Health::Healthy,
    }
}

/// The controller has not seen the newest specification yet.
fn behind(object: &Value) -> Option<Health> {
    let generation = integer(object, "/metadata/generation")?;
    let observed = integer(object, "/status/observedGeneration")?;
    (observed < generation).then(|| Health::progressing("its controller has not seen the newest change"))
}

#[cfg(test)]
mod tests;
