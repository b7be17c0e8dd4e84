//! One valid object of every kind.

use serde_json::{Value, json};

/// What the tests know of a kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TestKind {
    pub(crate) api: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) is_namespaced: bool,
    pub(crate) has_status: bool,
    /// Members beside the metadata.
    members: fn() -> Value,
}

impl TestKind {
    /// Path of the collection, in a namespace for namespaced kinds.
    pub(crate) fn collection(&self, namespace: &str) -> String {
        if self.is_namespaced {
            format!("/{}/namespaces/{namespace}/{}", self.api, self.plural)
        } else {
            self.all()
        }
    }

    pub(crate) fn all(&self) -> String {
        format!("/{}/{}", self.api, self.plural)
    }

    pub(crate) fn object(&self, name: &str) -> Value {
        let mut object = (self.members)();
        object["metadata"] = json!({ "name": name });
        object
    }

    /// ` in namespace 'x'`, as in messages.
    pub(crate) fn place(&self, namespace: &str) -> String {
        if self.is_namespaced {
            format!(" in namespace '{namespace}'")
        } else {
            String::new()
        }
    }
}

pub(crate) fn kubeconfig() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "current-context": "c",
        "clusters": [{"name": "k", "cluster": {"server": "https://127.0.0.1:6443"}}],
        "users": [{"name": "u", "user": {"token": "canary-secret"}}],
    })
}

fn metric() -> Value {
    json!({"spec": {"min": 0, "max": 1, "allowed_values": [], "provider": {"name": "p", "metric": "m"}}})
}

fn provider() -> Value {
    json!({"spec": {"type": "influx", "influx": {"url": "http://i", "token": "canary-secret", "org": "o", "bucket": "b"}}})
}

fn infrastructure_provider() -> Value {
    json!({"spec": {"type": "im", "im": {"url": "http://im", "token": "canary-secret"}}})
}

fn cloud() -> Value {
    json!({"spec": {"type": "openstack", "openstack": {
        "url": "http://keystone",
        "auth": {"type": "password", "password": {
            "user": {"username": "u", "password": "canary-secret"},
            "project": {"name": "p"},
        }},
        "infrastructure_provider": {"name": "im"},
    }}})
}

fn application() -> Value {
    json!({"spec": {
        "manifest": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reed"}}],
        "constraints": {"cluster": {}},
    }})
}

fn project() -> Value {
    json!({"spec": {
        "url": "http://keystone",
        "auth": {"type": "application_credential", "application_credential": {"id": "i", "secret": "canary-secret"}},
        "template": "t",
    }})
}

const fn kind(
    api: &'static str,
    kind: &'static str,
    plural: &'static str,
    is_namespaced: bool,
    has_status: bool,
    members: fn() -> Value,
) -> TestKind {
    TestKind {
        api,
        kind,
        plural,
        is_namespaced,
        has_status,
        members,
    }
}

pub(crate) const KINDS: [TestKind; 14] = [
    kind("core", "Role", "roles", false, false, || json!({"rules": []})),
    kind(
        "core",
        "RoleBinding",
        "rolebindings",
        false,
        false,
        || json!({"users": ["u"], "roles": []}),
    ),
    kind("core", "GlobalMetric", "globalmetrics", false, false, metric),
    kind(
        "core",
        "GlobalMetricsProvider",
        "globalmetricsproviders",
        false,
        false,
        provider,
    ),
    kind("core", "Metric", "metrics", true, false, metric),
    kind(
        "core",
        "MetricsProvider",
        "metricsproviders",
        true,
        false,
        provider,
    ),
    kind(
        "kubernetes",
        "Application",
        "applications",
        true,
        true,
        application,
    ),
    kind(
        "kubernetes",
        "Cluster",
        "clusters",
        true,
        true,
        || json!({"spec": {"kubeconfig": kubeconfig(), "constraints": {"cloud": {}}}}),
    ),
    kind(
        "infrastructure",
        "GlobalInfrastructureProvider",
        "globalinfrastructureproviders",
        false,
        false,
        infrastructure_provider,
    ),
    kind(
        "infrastructure",
        "InfrastructureProvider",
        "infrastructureproviders",
        true,
        false,
        infrastructure_provider,
    ),
    kind(
        "infrastructure",
        "GlobalCloud",
        "globalclouds",
        false,
        true,
        cloud,
    ),
    kind("infrastructure", "Cloud", "clouds", true, true, cloud),
    kind("openstack", "Project", "projects", true, true, project),
    kind(
        "openstack",
        "MagnumCluster",
        "magnumclusters",
        true,
        true,
        || json!({"spec": {"master_count": 1}}),
    ),
];
