//! Clusters in tables.

use super::cells::{date, lines, metrics, or_none, reason, reference, wire_name};
use super::{Column, Shown};
use crate::api::Cluster;

impl Shown for Cluster {
    const LIST: &'static [Column<Self>] = &[Column::new("state", |cluster| wire_name(cluster.status.state))];
    const WIDE: &'static [Column<Self>] = &[
        Column::new("nodes", ready_nodes),
        Column::new("metrics", |cluster| metrics(&cluster.spec.metrics)),
        Column::new("custom_resources", custom_resources),
        Column::new("reason", |cluster| {
            lines(
                cluster
                    .status
                    .reason
                    .iter()
                    .map(|reason| reason.message.clone())
                    .chain(failing(cluster)),
            )
        }),
    ];
    const DETAILS: &'static [Column<Self>] = &[
        Column::new("state", |cluster| wire_name(cluster.status.state)),
        Column::new("reason", |cluster| reason(cluster.status.reason.as_ref())),
        Column::new("custom_resources", custom_resources),
        Column::new("metrics", |cluster| metrics(&cluster.spec.metrics)),
        Column::new("inherit_metrics", |cluster| {
            cluster.spec.inherit_metrics.to_string()
        }),
        Column::new("inherit_labels", |cluster| {
            cluster.metadata.inherit_labels.to_string()
        }),
        Column::new("failing_metrics", |cluster| lines(failing(cluster))),
        Column::new("label constraints", |cluster| {
            lines(
                cluster
                    .spec
                    .constraints
                    .cloud
                    .labels
                    .iter()
                    .flatten()
                    .map(ToString::to_string),
            )
        }),
        Column::new("metric constraints", |cluster| {
            lines(
                cluster
                    .spec
                    .constraints
                    .cloud
                    .metrics
                    .iter()
                    .flatten()
                    .map(ToString::to_string),
            )
        }),
        Column::new("scheduled_to", |cluster| {
            reference(cluster.status.scheduled_to.as_ref())
        }),
        Column::new("scheduled", |cluster| date(cluster.status.scheduled)),
        Column::new("running_on", |cluster| {
            reference(cluster.status.running_on.as_ref())
        }),
        Column::new("nodes", ready_nodes),
        Column::new("nodes_pid_pressure", |cluster| nodes_with(cluster, "PIDPressure")),
        Column::new("nodes_memory_pressure", |cluster| {
            nodes_with(cluster, "MemoryPressure")
        }),
        Column::new("nodes_disk_pressure", |cluster| {
            nodes_with(cluster, "DiskPressure")
        }),
        Column::new("backoff", |cluster| cluster.spec.backoff.to_string()),
        Column::new("backoff_delay", |cluster| cluster.spec.backoff_delay.to_string()),
        Column::new("backoff_limit", |cluster| cluster.spec.backoff_limit.to_string()),
    ];
}

/// Metrics without a value, and why.
fn failing(cluster: &Cluster) -> impl Iterator<Item = String> {
    let reasons = cluster.status.metrics_reasons.iter();
    reasons.map(|(name, reason)| format!("{name}: {}", reason.message))
}

fn custom_resources(cluster: &Cluster) -> String {
    lines(cluster.spec.custom_resources.iter().cloned())
}

fn ready_nodes(cluster: &Cluster) -> String {
    nodes_with(cluster, "Ready")
}

/// `n/total` of the nodes whose condition holds; `None` while nothing is known of them.
fn nodes_with(cluster: &Cluster, condition_type: &str) -> String {
    let nodes = &cluster.status.nodes;
    if nodes.is_empty() {
        return or_none(None::<String>);
    }
    let holds = |node: &&crate::api::ClusterNode| {
        let conditions = node.status.iter().flat_map(|status| &status.conditions);
        conditions
            .into_iter()
            .any(|condition| condition.condition_type == condition_type && condition.status == "True")
    };
    format!("{}/{}", nodes.iter().filter(holds).count(), nodes.len())
}
