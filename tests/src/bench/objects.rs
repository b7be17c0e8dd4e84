//! Bodies of requests.

use bytes::Bytes;
use serde_json::{Value, json};

/// Applications of the namespace in which everything is measured.
pub(super) const APPLICATIONS: &str = "/kubernetes/namespaces/bench/applications";
/// Clusters of that namespace.
pub(super) const CLUSTERS: &str = "/kubernetes/namespaces/bench/clusters";

/// An application of one Deployment and one Service, about 1.5 kB, as users submit them.
pub(super) fn echo_application(name: &str, member_namespace: &str, labels: &[&str]) -> Value {
    application(
        name,
        labels,
        &json!([
            deployment(name, member_namespace),
            service(name, member_namespace)
        ]),
    )
}

/// An application of one `ConfigMap`: all that a figure needs that is not about pods.
pub(super) fn config_application(name: &str, member_namespace: &str, labels: &[&str]) -> Value {
    let config = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": member_namespace},
        "data": {"greeting": "hello"},
    });
    application(name, labels, &json!([config]))
}

fn application(name: &str, labels: &[&str], manifest: &Value) -> Value {
    json!({
        "api": "kubernetes", "kind": "Application",
        "metadata": {"name": name, "labels": {"team": "bench"}},
        "spec": {
            "manifest": manifest,
            "constraints": {"cluster": {"labels": labels}, "migration": true},
        },
    })
}

/// A Deployment of one replica.
fn deployment(name: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "containers": [{
                        "name": "echo",
                        "image": "registry.example/echo:1",
                        "ports": [{"containerPort": 8080, "protocol": "TCP"}],
                        "env": [{"name": "GREETING", "value": "hello"}],
                        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
                    }],
                },
            },
        },
    })
}

fn service(name: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "type": "ClusterIP",
            "selector": {"app": name},
            "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}],
        },
    })
}

/// A `ConfigMap` whose body is as long as `body`: what the peer is asked to store.
pub(super) fn config_map_like(name: &str, body: &Bytes) -> Bytes {
    let empty = |text: &str| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "labels": {"team": "bench"}},
            "data": {"text": text},
        })
    };
    let rest = body.len().saturating_sub(to_body(&empty("")).len());
    to_body(&empty(&"x".repeat(rest)))
}

/// A cluster that is registered by this kubeconfig.
pub(super) fn cluster(name: &str, kubeconfig: &Value, labels: &Value, metrics: &Value) -> Value {
    json!({
        "api": "kubernetes", "kind": "Cluster",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "kubeconfig": kubeconfig,
            "constraints": {"cloud": {"labels": null, "metrics": null}},
            "metrics": metrics,
        },
    })
}

/// A kubeconfig that leads nowhere.
pub(super) fn simulated_kubeconfig(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": name, "user": {"token": "nobody"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    })
}

/// Cannot fail: every key is a string.
pub(super) fn to_body(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}
