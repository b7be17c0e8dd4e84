//! The original's scheduling cases, and what must hold for any input.

mod backoff;
mod explanation;
mod flow;
mod matching;
mod metrics;
mod properties;
mod ranking;
mod reception;

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::api::{
    Application, ApplicationState, Cluster, ClusterState, GlobalMetric, GlobalMetricsProvider, Reason,
    ReasonCode, ResourceRef, Timestamp,
};

/// The moment at which most cases decide.
fn now() -> Timestamp {
    Timestamp::from_microsecond(1_800_000_000_000_000)
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn cluster(name: &str) -> Cluster {
    read(json!({
        "metadata": {"name": name, "namespace": "green"},
        "spec": {"constraints": {"cloud": {}}, "tosca": {"x": 1}},
        "status": {"state": "ONLINE"},
    }))
}

trait ClusterBuilder {
    fn labelled(self, key: &str, value: &str) -> Self;
    fn in_state(self, state: ClusterState) -> Self;
    fn measured(self, metric: &str, weight: f64) -> Self;
    fn in_namespace(self, namespace: &str) -> Self;
}

impl ClusterBuilder for Cluster {
    fn labelled(mut self, key: &str, value: &str) -> Self {
        self.metadata.labels.insert(key.to_owned(), value.to_owned());
        self
    }
    fn in_state(mut self, state: ClusterState) -> Self {
        self.status.state = state;
        self
    }
    fn measured(mut self, metric: &str, weight: f64) -> Self {
        self.spec
            .metrics
            .push(read(json!({"name": metric, "weight": weight})));
        self
    }
    fn in_namespace(mut self, namespace: &str) -> Self {
        self.metadata.namespace = Some(namespace.to_owned());
        self
    }
}

/// An application that was created just now.
fn application() -> Application {
    constrained(&json!({}))
}

fn constrained(constraints: &Value) -> Application {
    let mut application: Application = read(json!({
        "metadata": {"name": "echo", "namespace": "green"},
        "spec": {"manifest": [], "constraints": {"cluster": constraints}},
    }));
    application.metadata.modified = now();
    application
}

trait ApplicationBuilder {
    fn on(self, cluster: &str, seconds_ago: i64) -> Self;
}

impl ApplicationBuilder for Application {
    /// Bound some seconds ago, and not updated since.
    fn on(mut self, cluster: &str, seconds_ago: i64) -> Self {
        let scheduled = now().plus_seconds(-seconds_ago);
        self.metadata.modified = scheduled;
        self.status.state = ApplicationState::Running;
        self.status.scheduled = Some(scheduled);
        self.status.kube_controller_triggered = Some(scheduled);
        self.status.scheduled_to = Some(reference(cluster));
        self.status.running_on = Some(reference(cluster));
        self
    }
}

fn reference(cluster: &str) -> ResourceRef {
    ResourceRef::to::<Cluster>(Some("green"), cluster)
}

fn inputs(clusters: impl IntoIterator<Item = Cluster>) -> Inputs {
    Inputs::new().with_clusters(clusters.into_iter().map(Arc::new))
}

fn global_metric(name: &str, provider: &str) -> Arc<GlobalMetric> {
    Arc::new(read(json!({
        "metadata": {"name": name},
        "spec": {"min": 0, "max": 1, "provider": {"name": provider, "metric": name}},
    })))
}

fn global_provider(name: &str, spec: &Value) -> Arc<GlobalMetricsProvider> {
    Arc::new(read(json!({"metadata": {"name": name}, "spec": spec})))
}

/// With global metrics of range 0 to 1 that a static provider gives these values.
fn with_values(inputs: Inputs, values: &[(&str, f64)]) -> Inputs {
    let metrics: serde_json::Map<_, _> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let provider = global_provider(
        "static",
        &json!({"type": "static", "static": {"metrics": metrics}}),
    );
    inputs
        .with_metrics([], values.iter().map(|(name, _)| global_metric(name, "static")))
        .with_providers([], [provider])
}

/// With a metric that exists but whose provider gave an error.
fn with_unreachable(mut inputs: Inputs, metric: &str) -> Inputs {
    let provider = global_provider(
        "down",
        &json!({"type": "prometheus", "prometheus": {"url": "http://127.0.0.1:1"}}),
    );
    let key = ProviderKey {
        namespace: None,
        name: "down".to_owned(),
    };
    inputs.readings.entry(key).or_default().insert(
        metric.to_owned(),
        Err(Reason::new(ReasonCode::UnreachableMetricsProvider, "HTTP 503")),
    );
    inputs
        .with_metrics([], [global_metric(metric, "down")])
        .with_providers([], [provider])
}

/// Decides with nothing assigned anywhere.
fn decide_in(inputs: &Inputs, application: &Application) -> Decision {
    decide_at(inputs, application, now())
}

fn decide_at(inputs: &Inputs, application: &Application, now: Timestamp) -> Decision {
    let snapshot = Snapshot::new(inputs);
    let candidates = snapshot.candidates(application.metadata.namespace.as_deref());
    decide(
        application,
        candidates,
        &Counts::default(),
        &Settings::default(),
        now,
    )
}

/// The cluster on which the application is after the decision.
fn place(inputs: &Inputs, application: &Application) -> Option<String> {
    match decide_in(inputs, application) {
        Decision::Bind { cluster, .. } => Some(cluster.name),
        Decision::Keep { .. } | Decision::Confirm => application
            .status
            .scheduled_to
            .as_ref()
            .map(|cluster| cluster.name.clone()),
        Decision::Ignore | Decision::Wait | Decision::NoSuitable => None,
    }
}
