//! Nodes as an API server lists them, of which only names and conditions are read.

use common::kube::{Resource, Scope};
use serde::Deserialize;

use crate::api::{ClusterNode, ClusterNodeCondition};

/// A `core/v1` node, as far as it matters.
#[derive(Debug, Deserialize)]
pub(super) struct Node {
    metadata: Metadata,
    #[serde(default)]
    status: Status,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    conditions: Vec<Condition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    message: String,
    reason: String,
    status: String,
    #[serde(rename = "type")]
    sort: String,
}

pub(super) fn resource() -> Resource {
    Resource::new("v1", "Node", "nodes", Scope::Cluster)
}

/// By name, with the time stamps of the heartbeats left out.
pub(super) fn read(nodes: Vec<Node>) -> Vec<ClusterNode> {
    let mut nodes: Vec<_> = nodes
        .into_iter()
        .map(|node| {
            let conditions = node.status.conditions.into_iter().map(ClusterNodeCondition::from);
            ClusterNode::new(node.metadata.name, conditions.collect())
        })
        .collect();
    nodes.sort_by(|one, other| one.metadata.name.cmp(&other.metadata.name));
    nodes
}

impl From<Condition> for ClusterNodeCondition {
    fn from(condition: Condition) -> Self {
        let Condition {
            message,
            reason,
            status,
            sort,
        } = condition;
        Self {
            message,
            reason,
            status,
            condition_type: sort,
        }
    }
}
