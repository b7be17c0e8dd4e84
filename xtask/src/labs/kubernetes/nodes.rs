//! The simulated nodes of a cluster: objects that kwok keeps Ready and whose pods it lets run.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::api::Api;
use crate::interrupt;
use crate::wait;

/// The annotation by which kwok knows its nodes.
pub(crate) const MANAGED: &str = "kwok.x-k8s.io/node=fake";
const NODES: &str = "/api/v1/nodes";

/// Makes it exactly `count` nodes and waits until all of them are Ready.
pub(crate) fn ensure(api: &Api, count: u32) -> Result<()> {
    let wanted = (1..=count)
        .map(|number| format!("node-{number}"))
        .collect::<BTreeSet<_>>();
    let present = list(api)?
        .iter()
        .map(|node| name(node).to_owned())
        .collect::<BTreeSet<_>>();
    for node in wanted.difference(&present) {
        api.create(NODES, &document(node))?;
    }
    for node in present.difference(&wanted) {
        api.delete(&format!("{NODES}/{node}"))?;
    }
    let limit = Duration::from_secs(60 + u64::from(count / 20));
    wait::until("a Ready node", limit, || {
        interrupt::check()?;
        Ok(list(api)?.iter().filter(|node| is_ready(node)).count() == wanted.len())
    })
}

fn list(api: &Api) -> Result<Vec<Value>> {
    let answer = api.get(&format!("{NODES}?labelSelector=type%3Dkwok"))?;
    Ok(answer
        .document
        .get("items")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default())
}

fn name(node: &Value) -> &str {
    node.pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn is_ready(node: &Value) -> bool {
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array);
    conditions.is_some_and(|all| {
        all.iter()
            .any(|one| one.get("type") == Some(&json!("Ready")) && one.get("status") == Some(&json!("True")))
    })
}

fn document(name: &str) -> Value {
    let resources = json!({"cpu": "32", "memory": "256Gi", "pods": "110"});
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"type": "kwok", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
        },
        "status": {"allocatable": resources, "capacity": resources},
    })
}
