//! The scheduler against a real API over a real store, in one process.

mod crowd;
mod metrics;
mod placement;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::api::{
    Application, ApplicationState, Cluster, ClusterState, GlobalMetric, GlobalMetricsProvider, Kind,
    ReasonCode, Timestamp,
};
use crate::client::{Caches, Client, Error, ListOptions, Namespaces};
use crate::server::{App, Options as ServerOptions};
use crate::store::{EmbeddedOptions, EmbeddedStore};

fn system_time() -> Timestamp {
    jiff::Timestamp::now().into()
}

struct Lab {
    client: Client,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Lab {
    fn api() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("krake.redb"), 1)).unwrap();
        let router = App::new(Arc::new(store), ServerOptions::new(system_time)).router();
        Self {
            client: Client::local(router, "system:admin"),
            stop: CancellationToken::new(),
            _folder: folder,
        }
    }

    fn start(&self, options: Options) {
        let context = ControllerContext {
            client: self.client.clone(),
            caches: Caches::new(self.client.clone(), self.stop.clone()),
            now: Arc::new(system_time),
            metrics: common::reconcile::ReconcileMetrics::default(),
        };
        tokio::spawn(run(context, options, self.stop.clone()));
    }

    /// With a scheduler that moves applications after a second and reads metrics ten times a second.
    fn scheduled() -> Self {
        let lab = Self::api();
        lab.start(quick());
        lab
    }

    async fn cluster(&self, name: &str, labels: Value, metrics: Value) -> Cluster {
        let cluster: Cluster = read(json!({
            "metadata": {"name": name, "namespace": "green", "labels": labels},
            "spec": {
                "tosca": {"topology_template": {"outputs": {"kubeconfig": {"value": "x"}}}},
                "constraints": {"cloud": {}},
                "metrics": metrics,
            },
        }));
        let mut cluster = self.client.create(&cluster).await.unwrap();
        loop {
            cluster.status.state = ClusterState::Online;
            match self.client.update_status(&cluster).await {
                // The scheduler was quicker to say what is wrong with its metrics.
                Err(error) if error.is_conflict() => cluster = self.get_cluster(name).await,
                result => return result.unwrap(),
            }
        }
    }

    async fn application(&self, name: &str, spec: Value) -> Application {
        self.client
            .create(&application("green", name, spec))
            .await
            .unwrap()
    }

    async fn get(&self, name: &str) -> Application {
        self.client.get(Some("green"), name).await.unwrap()
    }

    async fn get_cluster(&self, name: &str) -> Cluster {
        self.client.get(Some("green"), name).await.unwrap()
    }

    /// Waits until the application is as wanted.
    async fn until(&self, name: &str, is_as_wanted: impl Fn(&Application) -> bool) -> Application {
        until(async || Some(self.get(name).await).filter(&is_as_wanted)).await
    }

    async fn change<K: Kind>(&self, name: &str, change: impl Fn(&mut K)) -> K {
        let namespace = matches!(K::SCOPE, crate::api::Scope::Namespaced).then_some("green");
        loop {
            let mut object: K = self.client.get(namespace, name).await.unwrap();
            change(&mut object);
            match self.client.update(&object).await {
                Err(error) if error.is_conflict() => {}
                result => return result.unwrap(),
            }
        }
    }

    async fn static_metrics(&self, values: &[(&str, f64)]) {
        let metrics: BTreeMap<_, _> = values.iter().copied().collect();
        let provider: GlobalMetricsProvider = read(json!({
            "metadata": {"name": "static"},
            "spec": {"type": "static", "static": {"metrics": metrics}},
        }));
        self.client.create(&provider).await.unwrap();
        for (name, _) in values {
            self.metric(name, "static").await;
        }
    }

    async fn metric(&self, name: &str, provider: &str) {
        let metric: GlobalMetric = read(json!({
            "metadata": {"name": name},
            "spec": {"min": 0, "max": 1, "provider": {"name": provider, "metric": name}},
        }));
        self.client.create(&metric).await.unwrap();
    }
}

fn quick() -> Options {
    Options {
        settings: Settings {
            reschedule_after: Duration::from_secs(1),
            ..Settings::default()
        },
        metrics_interval: Duration::from_millis(100),
        ..Options::default()
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn application(namespace: &str, name: &str, spec: Value) -> Application {
    let mut body = json!({
        "manifest": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}],
        "constraints": {"cluster": {}},
    });
    if let (Some(body), Value::Object(spec)) = (body.as_object_mut(), spec) {
        body.extend(spec);
    }
    read(json!({"metadata": {"name": name, "namespace": namespace}, "spec": body}))
}

fn labels(constraint: &str) -> Value {
    json!({"constraints": {"cluster": {"labels": [constraint]}}})
}

async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "did not become so in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn is_on(cluster: &str) -> impl Fn(&Application) -> bool + '_ {
    move |application| {
        let target = application.status.scheduled_to.as_ref();
        target.is_some_and(|target| target.name == cluster)
    }
}

fn is_unsuitable(application: &Application) -> bool {
    let reason = application.status.reason.as_ref();
    reason.is_some_and(|reason| reason.code == ReasonCode::NoSuitableResource)
}
