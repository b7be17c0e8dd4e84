//! The garbage collector over a real API and store: owners that exist, never existed, are elsewhere, or return.

#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use krake::api::{Application, Cluster, Kind, ResourceRef, Timestamp};
use krake::client::{Caches, Client, DeleteOptions, Error, Force};
use krake::controllers::{ControllerContext, garbage};
use krake::server::{App, Options};
use krake::store::{EmbeddedOptions, EmbeddedStore};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

fn now() -> Timestamp {
    Timestamp::new(jiff::Timestamp::now())
}

struct World {
    client: Client,
    collector: Option<(JoinHandle<()>, CancellationToken)>,
    _directory: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = EmbeddedOptions::new(directory.path().join("krake.redb"), 1);
        let app = App::new(
            Arc::new(EmbeddedStore::open(&options).unwrap()),
            Options::new(now),
        );
        let mut world = Self {
            client: Client::local(app.router(), "system:gc"),
            collector: None,
            _directory: directory,
        };
        world.restart();
        world
    }

    fn stop(&mut self) {
        if let Some((task, stop)) = self.collector.take() {
            stop.cancel();
            task.abort();
        }
    }

    fn restart(&mut self) {
        self.stop();
        let stop = CancellationToken::new();
        let context = ControllerContext {
            client: self.client.clone(),
            caches: Caches::new(self.client.clone(), stop.clone()),
            now: Arc::new(now),
            metrics: common::reconcile::ReconcileMetrics::default(),
        };
        self.collector = Some((tokio::spawn(garbage::run(context, stop.clone())), stop));
    }

    async fn cluster(&self, namespace: &str, name: &str) {
        let cluster: Cluster = serde_json::from_value(json!({
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"constraints": {"cloud": {}}, "kubeconfig": {
                "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
                "users": [{"name": "u", "user": {}}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}], "current-context": "x"}}
        }))
        .unwrap();
        self.client.create(&cluster).await.unwrap();
    }

    async fn application(&self, name: &str, owners: &[ResourceRef]) -> Result<Application, Error> {
        let application: Application = serde_json::from_value(json!({
            "metadata": {"name": name, "namespace": "tarn", "owners": owners},
            "spec": {"constraints": {"cluster": {}}, "manifest": [
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reed"}}]}
        }))
        .unwrap();
        self.client.create(&application).await
    }

    async fn delete<K: Kind>(&self, namespace: &str, name: &str, force: Force) {
        let options = DeleteOptions { force, uid: None };
        self.client
            .delete::<K>(Some(namespace), name, &options)
            .await
            .unwrap();
    }

    async fn exists<K: Kind>(&self, namespace: &str, name: &str) -> bool {
        match self.client.get::<K>(Some(namespace), name).await {
            Ok(_) => true,
            Err(error) if error.is_not_found() => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn vanishes<K: Kind>(&self, namespace: &str, name: &str) {
        let gone = async {
            while self.exists::<K>(namespace, name).await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let gone = tokio::time::timeout(Duration::from_secs(10), gone).await;
        assert!(gone.is_ok(), "{name} is still there");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop();
    }
}

fn in_tarn(name: &str) -> ResourceRef {
    ResourceRef::to::<Cluster>(Some("tarn"), name)
}

#[tokio::test]
async fn references_that_point_nowhere_neither_keep_nor_kill() {
    for (is_reversed, is_restarted) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut world = World::new();
        let refused = world
            .application("a2", &[ResourceRef::to::<Cluster>(Some("fell"), "c9")])
            .await;
        assert_eq!(
            refused.unwrap_err().status(),
            Some(422),
            "an owner in a foreign namespace"
        );
        let a3 = ResourceRef::to::<Application>(Some("tarn"), "a3");
        let mut applications = vec![
            ("a1", vec![in_tarn("c1"), in_tarn("never-was")]),
            ("a3", vec![a3]),
            ("a4", vec![ResourceRef::to::<Cluster>(None, "c1")]),
        ];
        if is_reversed {
            applications.reverse();
        } else {
            world.cluster("tarn", "c1").await;
        }
        for (name, owners) in &applications {
            world.application(name, owners).await.unwrap();
        }
        if is_reversed {
            world.cluster("tarn", "c1").await;
        }
        world.cluster("fell", "c9").await;
        if is_restarted {
            world.restart();
        }
        world.delete::<Cluster>("fell", "c9", Force::No).await;
        world.vanishes::<Cluster>("fell", "c9").await;
        assert!(world.exists::<Application>("tarn", "a1").await);
        world.delete::<Cluster>("tarn", "c1", Force::No).await;
        world.vanishes::<Application>("tarn", "a1").await;
        world.vanishes::<Cluster>("tarn", "c1").await;
        for inert in ["a3", "a4"] {
            assert!(world.exists::<Application>("tarn", inert).await, "{inert}");
            world.delete::<Application>("tarn", inert, Force::No).await;
            world.vanishes::<Application>("tarn", inert).await;
        }
    }
}

#[tokio::test]
async fn what_a_forced_deletion_leaves_is_collected_and_a_new_owner_does_not_inherit_it() {
    let world = World::new();
    for name in ["c1", "c2"] {
        world.cluster("tarn", name).await;
    }
    world.application("a1", &[in_tarn("c1")]).await.unwrap();
    world.application("a2", &[in_tarn("c2")]).await.unwrap();
    // The collector has seen both when it has collected something that was created after them.
    world.application("seen", &[in_tarn("c2")]).await.unwrap();
    world.delete::<Application>("tarn", "seen", Force::No).await;
    world.vanishes::<Application>("tarn", "seen").await;
    world.delete::<Cluster>("tarn", "c1", Force::Yes).await;
    world.cluster("tarn", "c1").await;
    world.vanishes::<Application>("tarn", "a1").await;
    assert!(world.exists::<Cluster>("tarn", "c1").await);
    assert!(world.exists::<Application>("tarn", "a2").await);
}

#[tokio::test]
async fn a_deletion_that_was_asked_for_while_no_collector_ran_is_carried_out() {
    let mut world = World::new();
    world.stop();
    world.cluster("tarn", "c1").await;
    for index in 0..50 {
        world
            .application(&format!("a{index}"), &[in_tarn("c1")])
            .await
            .unwrap();
    }
    world.delete::<Cluster>("tarn", "c1", Force::No).await;
    world.restart();
    world.vanishes::<Cluster>("tarn", "c1").await;
    for index in 0..50 {
        assert!(!world.exists::<Application>("tarn", &format!("a{index}")).await);
    }
}
