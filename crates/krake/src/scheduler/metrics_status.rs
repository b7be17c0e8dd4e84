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
    let mut status = cluster.status.clone();
    status.metrics_reasons.clone_from(&candidate.failures);
    match (status.state, candidate.failures.is_empty()) {
        (ClusterState::Online, false) => status.state = ClusterState::FailingMetrics,
        (ClusterState::FailingMetrics, true) => {
            status.state = ClusterState::Online;
            status.reason = None;
        }
        _ => {}
    }
    (status != cluster.status).then_some(status)
}
