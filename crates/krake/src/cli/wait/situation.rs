//! What is known of an object that somebody waits for, in one line. Pure.

use crate::api::{Application, Cluster, Kind, Metadata, Reason};
use crate::cli::table::wire_name;

/// A kind that commands wait for.
pub(in crate::cli) trait Awaited: Kind {
    /// Why it is not yet where it shall be.
    fn situation(&self) -> String;
    /// What to look at, and the command that shows it.
    fn clues(&self) -> Vec<String>;
}

impl Awaited for Application {
    /// State, cluster, reason, pods, and what holds up a deletion.
    fn situation(&self) -> String {
        let state = format!(
            "{} is {}{}",
            self.metadata.name,
            wire_name(self.status.state),
            place(self)
        );
        let reason = reason(self.status.reason.as_ref());
        sentence([Some(state), reason, pods(self), deletion(&self.metadata)])
    }

    fn clues(&self) -> Vec<String> {
        let target = target(&self.metadata);
        vec![
            format!("what happened: krake kube app events {target}"),
            format!("what fits where: krake explain app {target}"),
        ]
    }
}

impl Awaited for Cluster {
    /// State, reason, and what holds up a deletion.
    fn situation(&self) -> String {
        let state = format!("{} is {}", self.metadata.name, wire_name(self.status.state));
        let reason = reason(self.status.reason.as_ref());
        sentence([Some(state), reason, deletion(&self.metadata)])
    }

    fn clues(&self) -> Vec<String> {
        let namespace = option(&self.metadata);
        vec![format!(
            "what still runs there: krake kube app list -o wide{namespace}"
        )]
    }
}

fn sentence<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Name and namespace, as options.
fn target(metadata: &Metadata) -> String {
    format!("{}{}", metadata.name, option(metadata))
}

fn option(metadata: &Metadata) -> String {
    let namespace = metadata
        .namespace
        .as_deref()
        .map(|namespace| format!(" -n {namespace}"));
    namespace.unwrap_or_default()
}

/// Where it is, and where it shall be if that is another cluster.
fn place(application: &Application) -> String {
    let status = &application.status;
    match (&status.running_on, &status.scheduled_to) {
        (Some(here), Some(there)) if here != there => {
            format!(" on cluster {}, bound for {}", here.name, there.name)
        }
        (Some(here), _) => format!(" on cluster {}", here.name),
        (None, Some(there)) => format!(", bound for cluster {}", there.name),
        (None, None) => ", on no cluster yet".to_owned(),
    }
}

fn reason(reason: Option<&Reason>) -> Option<String> {
    reason.map(|reason| format!("{}: {}", wire_name(reason.code), reason.message))
}

fn pods(application: &Application) -> Option<String> {
    let health = &application.status.container_health;
    let (ready, desired) = (health.running_pods, health.desired_pods);
    (ready < desired && health.completed_pods < desired)
        .then(|| format!("{ready} of {desired} pods are ready"))
}

fn deletion(metadata: &Metadata) -> Option<String> {
    metadata.deleted?;
    let left = metadata.finalizers.join(", ");
    Some(if left.is_empty() {
        "its deletion is requested".to_owned()
    } else {
        format!("its deletion waits for {left}")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn application(metadata: &serde_json::Value, status: serde_json::Value) -> Application {
        let manifest = json!([{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}]);
        let mut application: Application = serde_json::from_value(json!({
            "metadata": {"name": "echo", "namespace": "n"},
            "spec": {"manifest": manifest, "constraints": {"cluster": {}}},
        }))
        .unwrap();
        application.status = serde_json::from_value(status).unwrap();
        if let Some(deleted) = metadata.get("deleted") {
            application.metadata.deleted = serde_json::from_value(deleted.clone()).unwrap();
            application.metadata.finalizers = serde_json::from_value(metadata["finalizers"].clone()).unwrap();
        }
        application
    }

    fn cluster(name: &str) -> serde_json::Value {
        json!({"api": "kubernetes", "kind": "Cluster", "namespace": "n", "name": name})
    }

    #[test]
    fn state_cluster_reason_and_pods_are_told() {
        let status = json!({
            "state": "DEGRADED",
            "running_on": cluster("north"),
            "scheduled_to": cluster("south"),
            "reason": {"code": "KUBERNETES_ERROR", "message": "Deployment 'echo' is refused"},
            "container_health": {"desired_pods": 2, "running_pods": 1, "completed_pods": 0, "failed_pods": 0},
        });
        assert_eq!(
            application(&json!({}), status).situation(),
            "echo is DEGRADED on cluster north, bound for south; KUBERNETES_ERROR: Deployment 'echo' is refused; \
             1 of 2 pods are ready"
        );
    }

    #[test]
    fn what_a_deletion_waits_for_is_told() {
        let metadata =
            json!({"deleted": "2026-01-01T00:00:00Z", "finalizers": ["kubernetes_resources_deletion"]});
        assert_eq!(
            application(
                &metadata,
                json!({"state": "DELETING", "running_on": cluster("north")})
            )
            .situation(),
            "echo is DELETING on cluster north; its deletion waits for kubernetes_resources_deletion"
        );
    }
}
