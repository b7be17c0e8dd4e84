//! What an observation means for the status of a cluster. Pure.

use common::kube::Readiness;

use crate::api::{Cluster, ClusterNode, ClusterState, ClusterStatus, Reason, ReasonCode};

/// What was seen of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Observation {
    /// It answered; these are its nodes.
    Reached(Vec<ClusterNode>),
    /// It answered, but does not show its nodes to this user.
    Hidden {
        /// Why not.
        why: String,
        /// What it says of itself.
        readiness: Readiness,
    },
    /// It did not answer, but not for long enough to count.
    Missed,
    /// It has not answered for too long; the message says why.
    Lost(String),
}

/// Whether a cluster is registered and nobody is building it, tearing it down or has given it up.
pub(super) fn is_observed(cluster: &Cluster) -> bool {
    let left_alone = matches!(
        cluster.status.state,
        ClusterState::Creating | ClusterState::Reconciling | ClusterState::Deleting | ClusterState::Failed
    );
    cluster.has_kubeconfig() && !left_alone
}

/// The status that follows; none if it stays as it is. Touches state, reason and nodes only.
pub(super) fn next_status(previous: &ClusterStatus, observation: &Observation) -> Option<ClusterStatus> {
    let mut status = previous.clone();
    match observation {
        Observation::Missed => return None,
        Observation::Lost(_) if is_known_lost(previous) => return None,
        Observation::Lost(cause) => {
            status.state = ClusterState::Offline;
            status.reason = Some(Reason::new(ReasonCode::ClusterNotReachable, cause.as_str()));
        }
        Observation::Reached(nodes) => {
            status.state = reached(previous.state, nodes);
            status.nodes.clone_from(nodes);
            if previous.reason.as_ref().is_some_and(is_own) {
                status.reason = None;
            }
        }
        Observation::Hidden { why, readiness } => {
            status.nodes.clear();
            status.state = reached_without_nodes(previous.state, readiness);
            if status.state != ClusterState::FailingMetrics {
                status.reason = Some(hidden(why, readiness));
            }
        }
    }
    (status != *previous).then_some(status)
}

/// One cause is enough: that of the moment when it was lost, not of every question since.
fn is_known_lost(status: &ClusterStatus) -> bool {
    status.state == ClusterState::Offline && status.reason.as_ref().is_some_and(is_loss)
}

/// Whether a reason is one that is given here.
fn is_own(reason: &Reason) -> bool {
    is_loss(reason) || reason.code == ReasonCode::KubernetesError
}

fn hidden(why: &str, readiness: &Readiness) -> Reason {
    let message = match readiness {
        Readiness::Ready => format!("its nodes are not seen, only that it is ready: {why}"),
        Readiness::Unready(missing) => {
            format!("it is not ready ({missing}), and its nodes are not seen: {why}")
        }
    };
    Reason::new(ReasonCode::KubernetesError, message)
}

fn is_loss(reason: &Reason) -> bool {
    reason.code == ReasonCode::ClusterNotReachable
}

/// The state of a cluster that answers. What the scheduler found out about its metrics stays; one that was
/// offline has to answer twice.
fn reached(previous: ClusterState, nodes: &[ClusterNode]) -> ClusterState {
    match previous {
        ClusterState::FailingMetrics => ClusterState::FailingMetrics,
        ClusterState::Offline => ClusterState::Connecting,
        _ if nodes.iter().any(is_under_pressure) => ClusterState::Unhealthy,
        _ if nodes.iter().any(is_not_ready) => ClusterState::NotReady,
        _ => ClusterState::Online,
    }
}

fn reached_without_nodes(previous: ClusterState, readiness: &Readiness) -> ClusterState {
    match (reached(previous, &[]), readiness) {
        (ClusterState::Online, Readiness::Unready(_)) => ClusterState::Unhealthy,
        (state, _) => state,
    }
}

fn is_under_pressure(node: &ClusterNode) -> bool {
    let mut conditions = node.status.iter().flat_map(|status| &status.conditions);
    conditions.any(|condition| condition.condition_type.ends_with("Pressure") && condition.status == "True")
}

/// Only a node that says of itself that it is not ready, or of which nobody knows, counts.
fn is_not_ready(node: &ClusterNode) -> bool {
    let mut conditions = node.status.iter().flat_map(|status| &status.conditions);
    conditions.any(|condition| condition.condition_type == "Ready" && condition.status != "True")
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
