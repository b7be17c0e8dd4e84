//! Follows everything that decisions depend on.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::board::Board;
use super::readings::sources;
use crate::api::{
    Application, Cloud, Cluster, GlobalCloud, GlobalMetric, GlobalMetricsProvider, Kind, Metric,
    MetricsProvider,
};
use crate::client::{Cache, Change, ObjectKey};
use crate::controllers::ControllerContext;
use crate::scheduler::{Inputs, Snapshot, metrics_status};

/// The kinds that matter, in memory.
pub(super) struct World {
    board: Arc<Board>,
    applications: Cache<Application>,
    clusters: Cache<Cluster>,
    clouds: Cache<Cloud>,
    global_clouds: Cache<GlobalCloud>,
    metrics: Cache<Metric>,
    global_metrics: Cache<GlobalMetric>,
    providers: Cache<MetricsProvider>,
    global_providers: Cache<GlobalMetricsProvider>,
}

impl World {
    pub(super) fn new(context: &ControllerContext, board: Arc<Board>) -> Self {
        let caches = &context.caches;
        Self {
            board,
            applications: caches.of(),
            clusters: caches.of(),
            clouds: caches.of(),
            global_clouds: caches.of(),
            metrics: caches.of(),
            global_metrics: caches.of(),
            providers: caches.of(),
            global_providers: caches.of(),
        }
    }

    /// Waits until all kinds were listed.
    pub(super) async fn synced(&self) {
        tokio::join!(
            self.applications.synced(),
            self.clusters.synced(),
            self.clouds.synced(),
            self.global_clouds.synced(),
            self.metrics.synced(),
            self.global_metrics.synced(),
            self.providers.synced(),
            self.global_providers.synced(),
        );
    }

    /// Computes the snapshot anew and queues what it may change.
    pub(super) fn rebuild(&self) {
        let inputs = self.inputs();
        self.board.sources.send_if_modified(|current| {
            let wanted = sources(&inputs);
            let is_changed = *current != wanted;
            if is_changed {
                *current = wanted;
            }
            is_changed
        });
        let snapshot = Snapshot::new(&inputs);
        self.queue_clusters(&inputs, &snapshot);
        let changed = self.board.publish(snapshot);
        if !changed.is_empty() {
            self.queue_applications(&changed);
        }
    }

    fn inputs(&self) -> Inputs {
        let mut inputs = Inputs::new()
            .with_clusters(self.clusters.list())
            .with_clouds(self.clouds.list(), self.global_clouds.list())
            .with_metrics(self.metrics.list(), self.global_metrics.list())
            .with_providers(self.providers.list(), self.global_providers.list());
        inputs.readings = self.board.readings();
        inputs
    }

    fn queue_clusters(&self, inputs: &Inputs, snapshot: &Snapshot) {
        for cluster in &inputs.clusters {
            let metadata = &cluster.metadata;
            let candidate = snapshot
                .candidates(metadata.namespace.as_deref())
                .get(&metadata.name);
            if candidate.is_some_and(|candidate| metrics_status(cluster, candidate).is_some()) {
                self.board.clusters.add(ObjectKey::of(&**cluster));
            }
        }
    }

    /// Those that are on a cluster that does not do any more, or wait for one, are no different from the
    /// others: a decision takes microseconds.
    fn queue_applications(&self, namespaces: &[String]) {
        let is_affected = |key: &ObjectKey| {
            key.namespace
                .as_ref()
                .is_some_and(|namespace| namespaces.contains(namespace))
        };
        let keys = self
            .applications
            .list()
            .into_iter()
            .map(|application| ObjectKey::of(&*application))
            .filter(is_affected);
        self.board.applications.extend(keys);
    }

    /// Follows until dropped.
    pub(super) async fn follow(&self) {
        tokio::join!(
            self.follow_applications(self.applications.subscribe()),
            self.wake_by(self.clusters.subscribe()),
            self.wake_by(self.clouds.subscribe()),
            self.wake_by(self.global_clouds.subscribe()),
            self.wake_by(self.metrics.subscribe()),
            self.wake_by(self.global_metrics.subscribe()),
            self.wake_by(self.providers.subscribe()),
            self.wake_by(self.global_providers.subscribe()),
            self.rebuild_when_changed(),
        );
    }

    async fn wake_by<K: Kind>(&self, mut changes: UnboundedReceiver<Change<K>>) {
        while changes.recv().await.is_some() {
            self.board.changed.notify_one();
        }
    }

    async fn rebuild_when_changed(&self) {
        loop {
            self.board.changed.notified().await;
            self.rebuild();
        }
    }

    async fn follow_applications(&self, mut changes: UnboundedReceiver<Change<Application>>) {
        while let Some(Change { key, old: _, new }) = changes.recv().await {
            self.board.observe(&key, new.as_deref());
            match new {
                Some(_) => self.board.applications.add(key),
                None => self.board.applications.cancel(&key),
            }
        }
    }
}
