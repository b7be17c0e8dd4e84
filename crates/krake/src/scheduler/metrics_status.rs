//! What the status of a cluster has to say about its metrics.

use super::candidate::Candidate;
use crate::api::{Cluster, ClusterState, ClusterStatus};

/// The status that a cluster should have after its metrics were read; none if it has it already, or if not
/// all were read yet. A working cluster with a failing metric is `FAILING_METRICS`, with the reason under the
/// metric's name, and ONLINE again once all have values. Other states are the cluster controller's: there
/// only the reasons are kept up to date.
pub fn metrics_status(cluster: &Cluster, candidate: &Candidate) -> Option<ClusterStatus> {
    if candidate.deleted || !candidate.pending.is_empty() {
        return None;
    }
    let state = match (cluster.status.state, candidate.failures.is_empty()) {
        (ClusterState::Online, false) => ClusterState::FailingMetrics,
        (ClusterState::FailingMetrics, true) => ClusterState::Online,
        (state, _) => state,
    };
    if state == cluster.status.state && candidate.failures == cluster.status.metrics_reasons {
        return None;
    }
    let mut status = cluster.status.clone();
    if state == ClusterState::Online && state != status.state {
        status.reason = None;
    }
    status.state = state;
    status.metrics_reasons.clone_from(&candidate.failures);
    Some(status)
}
