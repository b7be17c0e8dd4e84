//! A Krake of a test's own: API, garbage collector and application controller in this process, over a fresh
//! store, with clusters of the lab that count every write. Bindings are the test's: no scheduler interferes.

use std::sync::Arc;
use std::time::Duration;

use alasca_tests::lab::{Lab, LabCluster, Namespace};
use common::kube::{Connection, ObjectId, Timeouts};
use krake::api::{Application, ApplicationState, Cluster, ClusterState, ResourceRef, Timestamp};
use krake::client::{Caches, Client, DeleteOptions};
use krake::controllers::{ControllerContext, application, cluster, garbage, scheduler};
use krake::server::{App, Options};
use krake::store::{EmbeddedOptions, EmbeddedStore};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use alasca_tests::relay::Relay;

pub(crate) const TARN: &str = "tarn";

pub(crate) fn now() -> Timestamp {
    Timestamp::new(jiff::Timestamp::now())
}

/// A cluster of the lab behind a relay, and a namespace of the test's own on it.
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) relay: Relay,
    pub(crate) namespace: String,
    pub(crate) lab: LabCluster,
    /// The way around the relay.
    pub(crate) direct: Connection,
    _owned: Namespace,
}

impl Site {
    pub(crate) async fn new(name: &str, lab: &LabCluster, namespace: &str) -> Self {
        let owned = lab.namespace(namespace).await.unwrap();
        let kubeconfig = with_namespace(&lab.kubeconfig, &owned.name);
        Self {
            name: name.to_owned(),
            relay: Relay::start(&lab.kubeconfig).await.unwrap(),
            namespace: owned.name.clone(),
            lab: lab.clone(),
            direct: Connection::new(&kubeconfig, Timeouts::default()).await.unwrap(),
            _owned: owned,
        }
    }

    /// The record by which it is registered.
    pub(crate) fn record(&self) -> Cluster {
        serde_json::from_value(json!({
            "metadata": {"name": self.name, "namespace": TARN},
            "spec": {
                "kubeconfig": with_namespace(&self.relay.kubeconfig, &self.namespace),
                "constraints": {"cloud": {}},
            },
        }))
        .unwrap()
    }

    pub(crate) fn id(&self, api_version: &str, kind: &str, name: &str) -> ObjectId {
        ObjectId {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: Some(self.namespace.clone()),
            name: name.to_owned(),
        }
    }

    pub(crate) fn config_map(&self, name: &str) -> ObjectId {
        self.id("v1", "ConfigMap", name)
    }

    pub(crate) async fn get(&self, id: &ObjectId) -> Option<Value> {
        self.direct.get(id).await.unwrap()
    }

    pub(crate) async fn appears(&self, id: &ObjectId) -> Value {
        until(&format!("{id} on {}", self.name), async || self.get(id).await).await
    }

    pub(crate) async fn vanishes(&self, id: &ObjectId) {
        until(&format!("{id} gone from {}", self.name), async || {
            self.get(id).await.is_none().then_some(())
        })
        .await;
    }
}

fn with_namespace(kubeconfig: &Value, namespace: &str) -> Value {
    let mut kubeconfig = kubeconfig.clone();
    kubeconfig["contexts"][0]["context"]["namespace"] = json!(namespace);
    kubeconfig
}

/// Which controllers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Without those of clusters and of scheduling.
    Part,
    Whole,
}

pub(crate) struct Krake {
    pub(crate) client: Client,
    pub(crate) sites: Vec<Site>,
    controllers: Vec<JoinHandle<()>>,
    extent: Extent,
    stop: CancellationToken,
    _directory: tempfile::TempDir,
}

impl Drop for Krake {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Krake {
    /// With as many clusters as are named; all of them are registered and online. Bindings are the test's.
    pub(crate) async fn with(clusters: &[&str]) -> Self {
        Self::of(clusters, Extent::Part).await
    }

    /// With the scheduler and the watching of clusters.
    pub(crate) async fn whole(clusters: &[&str]) -> Self {
        Self::of(clusters, Extent::Whole).await
    }

    async fn of(clusters: &[&str], extent: Extent) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let floor = u64::try_from(now().as_microsecond()).unwrap();
        let store = EmbeddedStore::open(&EmbeddedOptions::new(directory.path().join("krake.redb"), floor));
        let app = App::new(Arc::new(store.unwrap()), Options::new(now));
        let mut krake = Self {
            client: Client::local(app.router(), "system:admin"),
            sites: Vec::new(),
            controllers: Vec::new(),
            extent,
            stop: CancellationToken::new(),
            _directory: directory,
        };
        let lab = Lab::clusters().unwrap();
        for (name, cluster) in clusters.iter().zip(lab.iter().cycle()) {
            let site = Site::new(name, cluster, &format!("krake-{name}")).await;
            krake.register(&site).await;
            krake.sites.push(site);
        }
        krake.start();
        krake
    }

    async fn register(&self, site: &Site) {
        self.client.create(&site.record()).await.unwrap();
        self.set_cluster_state(&site.name, ClusterState::Online).await;
    }

    pub(crate) fn start(&mut self) {
        self.stop = CancellationToken::new();
        let context = ControllerContext {
            client: self.client.clone(),
            caches: Caches::new(self.client.clone(), self.stop.clone()),
            now: Arc::new(now),
            metrics: common::reconcile::ReconcileMetrics::default(),
        };
        self.controllers = vec![
            tokio::spawn(application::run(context.clone(), self.stop.clone())),
            tokio::spawn(garbage::run(context.clone(), self.stop.clone())),
        ];
        if self.extent == Extent::Whole {
            let options = scheduler::Options::default();
            self.controllers.extend([
                tokio::spawn(scheduler::run(context.clone(), options, self.stop.clone())),
                tokio::spawn(cluster::run(context, self.stop.clone())),
            ]);
        }
    }

    /// Ends the controllers wherever they are, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.stop.cancel();
        for controller in self.controllers.drain(..) {
            controller.abort();
        }
    }

    pub(crate) fn site(&self, name: &str) -> &Site {
        self.sites.iter().find(|site| site.name == name).unwrap()
    }

    pub(crate) fn cluster(name: &str) -> ResourceRef {
        ResourceRef::to::<Cluster>(Some(TARN), name)
    }

    pub(crate) async fn set_cluster_state(&self, name: &str, state: ClusterState) {
        let mut cluster: Cluster = self.client.get(Some(TARN), name).await.unwrap();
        cluster.status.state = state;
        self.client.update_status(&cluster).await.unwrap();
    }

    /// Creates an application with further members of the specification and binds it.
    pub(crate) async fn create_with(
        &self,
        name: &str,
        cluster: &str,
        manifest: &[Value],
        more: &Value,
    ) -> Application {
        let created = self.submit(name, manifest, more).await;
        self.client
            .bind_application(&created, &Self::cluster(cluster))
            .await
            .unwrap()
    }

    /// Creates an application and leaves the rest to the scheduler.
    pub(crate) async fn submit(&self, name: &str, manifest: &[Value], more: &Value) -> Application {
        let mut spec = json!({"manifest": manifest, "constraints": {"cluster": {}}});
        for (key, value) in more.as_object().unwrap() {
            spec[key] = value.clone();
        }
        let application = json!({"metadata": {"name": name, "namespace": TARN}, "spec": spec});
        let application: Application = serde_json::from_value(application).unwrap();
        self.client.create(&application).await.unwrap()
    }

    pub(crate) async fn label(&self, cluster: &str, key: &str, value: &str) {
        loop {
            let mut cluster: Cluster = self.client.get(Some(TARN), cluster).await.unwrap();
            cluster.metadata.labels.insert(key.to_owned(), value.to_owned());
            match self.client.update(&cluster).await {
                Ok(_) => return,
                Err(error) => assert!(error.is_conflict(), "{error}"),
            }
        }
    }

    pub(crate) async fn create(&self, name: &str, cluster: &str, manifest: &[Value]) -> Application {
        self.create_with(name, cluster, manifest, &json!({})).await
    }

    pub(crate) async fn get(&self, name: &str) -> Application {
        self.client.get(Some(TARN), name).await.unwrap()
    }

    /// Changes the manifest and confirms the choice of the cluster, as the scheduler does.
    pub(crate) async fn update(&self, name: &str, manifest: &[Value]) {
        loop {
            let mut application = self.get(name).await;
            application.spec.manifest = manifest.to_vec();
            match self.client.update(&application).await {
                Ok(_) => break,
                Err(error) => assert!(error.is_conflict(), "{error}"),
            }
        }
        let cluster = self.get(name).await.status.scheduled_to.unwrap();
        self.bind(name, &cluster.name).await;
    }

    pub(crate) async fn bind(&self, name: &str, cluster: &str) {
        loop {
            let application = self.get(name).await;
            match self
                .client
                .bind_application(&application, &Self::cluster(cluster))
                .await
            {
                Ok(_) => return,
                Err(error) => assert!(error.is_conflict(), "{error}"),
            }
        }
    }

    pub(crate) async fn delete(&self, name: &str) {
        self.client
            .delete::<Application>(Some(TARN), name, &DeleteOptions::default())
            .await
            .unwrap();
    }

    pub(crate) async fn reaches(&self, name: &str, state: ApplicationState) -> Application {
        self.becomes(name, &format!("{state:?}"), |application| {
            application.status.state == state
        })
        .await
    }

    pub(crate) async fn becomes(
        &self,
        name: &str,
        what: &str,
        holds: impl Fn(&Application) -> bool,
    ) -> Application {
        let mut last = None;
        let found = tokio::time::timeout(Duration::from_secs(30), async {
            loop {
                let application = self.get(name).await;
                if holds(&application) {
                    return application;
                }
                last = Some(application);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let found = found.await;
        found.unwrap_or_else(|_| {
            panic!(
                "{name} does not become {what}: {:#?}",
                last.map(|last| last.status)
            )
        })
    }

    pub(crate) async fn is_erased(&self, name: &str) {
        until(&format!("{name} erased"), async || {
            let found = self.client.get::<Application>(Some(TARN), name).await;
            found.is_err_and(|error| error.is_not_found()).then_some(())
        })
        .await;
    }

    pub(crate) async fn events(&self, name: &str) -> Vec<String> {
        let events = self.client.events::<Application>(Some(TARN), name).await.unwrap();
        events.into_iter().map(|event| event.reason).collect()
    }

    /// Events are recorded beside the work, so they may come a moment later.
    pub(crate) async fn tells(&self, name: &str, reason: &str) {
        until(&format!("event {reason} of {name}"), async || {
            self.events(name)
                .await
                .iter()
                .any(|event| event == reason)
                .then_some(())
        })
        .await;
    }

    /// Nothing is written, neither to the API nor to any cluster, for a while.
    pub(crate) async fn rests(&self, name: &str) {
        self.rest_for(&[name.to_owned()], Duration::from_millis(1500))
            .await;
    }

    /// Nothing is written to these applications nor to any cluster for this long.
    pub(crate) async fn rest_for(&self, names: &[String], quiet: Duration) {
        let look = async || {
            let writes = self.sites.iter().map(|site| site.relay.writes()).sum::<usize>();
            let applications = futures::future::join_all(names.iter().map(|name| self.get(name)));
            (applications.await, writes)
        };
        let mut before = look().await;
        until("an end of the writes", async || {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let now = look().await;
            let is_still = now == before;
            before = now;
            is_still.then_some(())
        })
        .await;
        tokio::time::sleep(quiet).await;
        assert!(look().await == before, "something is still written");
    }
}

/// Asks until the answer is `Some`, for at most thirty seconds.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(30), asking).await;
    found.unwrap_or_else(|_| panic!("{what}: not in time"))
}

pub(crate) fn config_map(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": value}})
}

pub(crate) fn deployment(name: &str, replicas: u32) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": "registry.invalid/pause:1"}]}}}})
}
