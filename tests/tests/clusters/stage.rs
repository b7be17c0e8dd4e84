//! An API in this process and the cluster controller on it.

use std::sync::Arc;
use std::time::Duration;

use krake::api::{Cluster, ClusterState, SecretObject, Timestamp};
use krake::client::{Caches, Change, Client, ObjectKey};
use krake::controllers::ControllerContext;
use krake::controllers::cluster::{Settings, run_at};
use krake::server::{App, Options};
use krake::store::{EmbeddedOptions, EmbeddedStore};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Stage {
    client: Client,
    caches: Caches,
    stop: CancellationToken,
    controller: tokio::task::JoinHandle<()>,
    _directory: tempfile::TempDir,
}

fn now() -> Timestamp {
    Timestamp::new(jiff::Timestamp::now())
}

impl Stage {
    pub(crate) async fn set(settings: Settings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let floor = u64::try_from(now().as_microsecond()).unwrap();
        let options = EmbeddedOptions::new(directory.path().join("krake.redb"), floor);
        let store = Arc::new(EmbeddedStore::open(&options).unwrap());
        let app = App::new(store, Options::new(now));
        let client = Client::local(app.router(), "system:cluster-controller");
        let stop = CancellationToken::new();
        let caches = Caches::new(client.clone(), stop.clone());
        let context = ControllerContext {
            client: client.clone(),
            caches: caches.clone(),
            now: Arc::new(now),
            metrics: common::reconcile::ReconcileMetrics::default(),
        };
        let controller = tokio::spawn(run_at(context, settings, stop.clone()));
        caches.of::<Cluster>().synced().await;
        Self {
            client,
            caches,
            stop,
            controller,
            _directory: directory,
        }
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.controller)
            .await
            .unwrap()
            .unwrap();
    }

    pub(crate) async fn register(&self, name: &str, kubeconfig: &Value) {
        let cluster: Cluster = serde_json::from_value(json!({
            "metadata": {"name": name, "namespace": "tarn"},
            "spec": {"kubeconfig": kubeconfig, "constraints": {"cloud": {}}},
        }))
        .unwrap();
        self.client.create(&cluster).await.unwrap();
    }

    /// Another kubeconfig for the same cluster; whoever writes in between wins, and it is tried again.
    pub(crate) async fn register_again(&self, name: &str, kubeconfig: &Value) {
        loop {
            let mut cluster = self.read(name).await;
            cluster.spec.kubeconfig = SecretObject::new(kubeconfig.as_object().unwrap().clone());
            match self.client.update(&cluster).await {
                Err(error) if error.is_conflict() => {}
                updated => return drop(updated.unwrap()),
            }
        }
    }

    pub(crate) async fn read(&self, name: &str) -> Cluster {
        self.client.get(Some("tarn"), name).await.unwrap()
    }

    pub(crate) async fn in_state(&self, name: &str, state: ClusterState) -> Cluster {
        self.states(name).until(state).await;
        self.read(name).await
    }

    pub(crate) async fn until(&self, name: &str, holds: impl Fn(&Cluster) -> bool) {
        let waiting = async {
            while !holds(&self.read(name).await) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{name} does not become as it should");
    }

    /// The states of a cluster from now on.
    pub(crate) fn states(&self, name: &str) -> States {
        States {
            key: ObjectKey {
                namespace: Some("tarn".to_owned()),
                name: name.to_owned(),
            },
            changes: self.caches.of::<Cluster>().subscribe(),
        }
    }
}

pub(crate) struct States {
    key: ObjectKey,
    changes: mpsc::UnboundedReceiver<Change<Cluster>>,
}

impl States {
    /// All states up to this one.
    pub(crate) async fn until(&mut self, state: ClusterState) -> Vec<ClusterState> {
        let mut seen = Vec::new();
        let waiting = async {
            while seen.last() != Some(&state) {
                let change = self.changes.recv().await.unwrap();
                if let Some(cluster) = change.new.filter(|_| change.key == self.key) {
                    seen.push(cluster.status.state);
                }
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{} is not {state:?}", self.key);
        seen
    }
}
