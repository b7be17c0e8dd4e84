//! Objects of a small landscape, as people write them.

use serde_json::{Value, json};

/// A Garden as its definition wants it at the least.
pub fn garden() -> Value {
    json!({
        "apiVersion": "operator.gardener.cloud/v1alpha1", "kind": "Garden",
        "metadata": {"name": "local"},
        "spec": {
            "dns": {"providers": [{"name": "primary", "type": "local", "secretRef": {"name": "dns"}}]},
            "runtimeCluster": {
                "ingress": {"domains": [{"name": "ingress.example.org", "provider": "primary"}], "controller": {"kind": "nginx"}},
                "networking": {"nodes": ["172.18.0.0/16"], "pods": ["10.1.0.0/16"], "services": ["10.2.0.0/16"]},
                "provider": {"region": "local", "zones": ["0"]},
            },
            "virtualCluster": {
                "dns": {"domains": [{"name": "garden.example.org", "provider": "primary"}]},
                "gardener": {"clusterIdentity": "example"},
                "kubernetes": {"version": "1.34.2"},
                "maintenance": {"timeWindow": {"begin": "220000+0100", "end": "230000+0100"}},
                "networking": {"services": ["100.64.0.0/13"]},
            },
        },
    })
}

/// The Deployment of the operator, of a version.
pub fn operator(version: &str) -> Value {
    let labels = json!({"app": "gardener-operator"});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "gardener-operator", "namespace": "garden"},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
            "spec": {"containers": [{"name": "gardener-operator",
                "image": format!("registry.example.org:5000/gardener/operator:v{version}")}]}}},
    })
}

/// An extension with a chart of a version.
pub fn extension(name: &str, version: &str) -> Value {
    json!({
        "apiVersion": "operator.gardener.cloud/v1alpha1", "kind": "Extension",
        "metadata": {"name": name},
        "spec": {
            "resources": [{"kind": "Network", "type": name}],
            "deployment": {"extension": {
                "helm": {"ociRepository": {"ref": format!("registry.example.org/charts/{name}:v{version}")}},
                "values": {"replicas": 1}}},
        },
    })
}

/// A cluster that shall be a seed, with its bootstrap kubeconfig in the Secret `NAME-kubeconfig`.
pub fn gardenlet(name: &str, version: &str) -> Value {
    json!({
        "apiVersion": "seedmanagement.gardener.cloud/v1alpha1", "kind": "Gardenlet",
        "metadata": {"name": name, "namespace": "garden"},
        "spec": {
            "deployment": {"helm": {"ociRepository": {"ref": format!("registry.example.org/charts/gardenlet:v{version}")}},
                "replicaCount": 1},
            "config": {"apiVersion": "gardenlet.config.gardener.cloud/v1alpha1", "kind": "GardenletConfiguration",
                "seedConfig": {"spec": {"provider": {"type": "local", "region": "local"}}}},
            "kubeconfigSecretRef": {"name": format!("{name}-kubeconfig")},
        },
    })
}

/// A seed that is made of the shoot of the same name.
pub fn managed_seed(name: &str) -> Value {
    json!({
        "apiVersion": "seedmanagement.gardener.cloud/v1alpha1", "kind": "ManagedSeed",
        "metadata": {"name": name, "namespace": "garden"},
        "spec": {"shoot": {"name": name}, "gardenlet": {"deployment": {"replicaCount": 1}}},
    })
}

/// A shoot.
pub fn shoot(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "core.gardener.cloud/v1beta1", "kind": "Shoot",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "cloudProfile": {"kind": "CloudProfile", "name": "local"},
            "kubernetes": {"version": "1.34.1"},
            "maintenance": {"timeWindow": {"begin": "220000+0100", "end": "230000+0100"}},
            "provider": {"type": "local", "workers": [{"name": "one",
                "machine": {"type": "local", "image": {"name": "local", "version": "1.0.0"}}}]},
        },
    })
}

/// A tenant with the namespace `garden-NAME`.
pub fn project(name: &str) -> Value {
    json!({
        "apiVersion": "core.gardener.cloud/v1beta1", "kind": "Project",
        "metadata": {"name": name}, "spec": {"namespace": format!("garden-{name}")},
    })
}

/// Conditions that are all true.
pub fn truths(kinds: &[&str]) -> Value {
    kinds.iter().map(|kind| condition(kind, "True", "well")).collect()
}

/// A condition with all that Gardener's definitions demand.
pub(super) fn condition(kind: &str, status: &str, message: &str) -> Value {
    let at = "2026-01-01T00:00:00Z";
    json!({"type": kind, "status": status, "reason": "StandIn", "message": message,
        "lastTransitionTime": at, "lastUpdateTime": at})
}

/// What an operation is at.
pub(super) fn operation(kind: &str, state: &str, progress: i64, description: &str) -> Value {
    json!({"type": kind, "state": state, "progress": progress, "description": description,
        "lastUpdateTime": "2026-01-01T00:00:00Z"})
}
