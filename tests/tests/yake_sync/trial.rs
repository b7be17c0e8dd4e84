//! The trial that every graph of every tool goes through, for the graph of a unit.

use std::borrow::Borrow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alasca_tests::lab::{Lab, Namespace};
use anyhow::Result;
use common::graph::Graph;
use common::graph::trial::{Trial, fails_at_each_step, stops_at_each_await};
use common::kube::{Class, Connection, ObjectId, Propagation, Resource, Scope, Timeouts};
use serde_json::{Value, json};
use yake::api::Cluster;
use yake::build::{Object, Origin};
use yake::sync::{
    Brought, Claims, Clusters, Manifest, Owner, Part, Session, SyncError, Unit, graph, manifests, pass,
};

/// Worlds of one test: each has a namespace, a definition and an inventory of its own on the same cluster.
struct Units {
    clusters: Clusters,
    home: Namespace,
    count: AtomicUsize,
}

struct World {
    name: String,
    unit: &'static Unit,
    claims: &'static Claims,
    clusters: Clusters,
}

impl World {
    fn group(&self) -> String {
        format!("{}.trial.test", self.name)
    }

    fn manifests(&self, objects: &[Value]) -> Vec<Manifest> {
        let origin = || Origin {
            file: "trial.yaml".to_owned(),
            line: None,
        };
        let objects: Vec<_> = objects
            .iter()
            .map(|object| Object::new(object.clone().into(), origin()))
            .collect();
        manifests(&objects, self.unit).unwrap()
    }

    fn map(&self, name: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": self.name},
            "data": {"of": name}})
    }

    fn space(&self) -> Value {
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name}})
    }

    /// Before the graph: `old` is kept.
    fn before(&self) -> Vec<Value> {
        vec![self.space(), self.map("old")]
    }

    /// With the graph: a definition and its object come, `old` goes.
    fn wanted(&self) -> Vec<Value> {
        let group = self.group();
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("widgets.{group}")},
            "spec": {"group": group, "scope": "Namespaced",
                "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                    "type": "object", "properties": {"spec": {"type": "object", "properties": {
                        "size": {"type": "integer"}}}}}}}]},
        });
        let widget = json!({"apiVersion": format!("{group}/v1"), "kind": "Widget",
            "metadata": {"name": "w", "namespace": self.name}, "spec": {"size": 3}});
        vec![self.space(), definition, self.map("a"), self.map("b"), widget]
    }

    fn graph(&self, objects: &[Value]) -> Graph<Part<'static>> {
        let manifests = self.manifests(objects);
        let brought = Brought::of(&manifests.iter().collect::<Vec<_>>());
        graph(&manifests, self.unit, &Arc::new(brought)).unwrap()
    }

    fn session(&self) -> Session<'static> {
        Session::new(self.unit, Cluster::Runtime, &self.clusters, self.claims).unwrap()
    }

    async fn objects(&self, api_version: &str, kind: &str, plural: &str) -> Vec<Value> {
        let resource = Resource::new(api_version, kind, plural, Scope::Namespaced);
        let found = self
            .clusters
            .runtime
            .list(&resource, Some(&self.name), None)
            .await;
        found.unwrap()
    }
}

impl Trial for Units {
    type Component = Part<'static>;
    type World = World;
    type Outcome = Value;

    async fn world(&self) -> World {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let owner = Owner {
            namespace: self.home.name.clone(),
            landscape: "trial".to_owned(),
            unit: format!("u{number}"),
        };
        let world = World {
            name: format!("{}-{number}", self.home.name),
            // A graph's type holds the lifetime of its unit, and a trial makes its units as it goes.
            unit: Box::leak(Box::new(Unit::of(owner))),
            claims: Box::leak(Box::default()),
            clusters: self.clusters.clone(),
        };
        let made = pass(&world.graph(&world.before()), &world.session()).await;
        assert!(made.is_ready(), "{made:?}");
        world
    }

    fn session<'w>(&self, world: &'w World) -> impl Borrow<Session<'static>> + Send + 'w {
        world.session()
    }

    fn graph(&self, world: &World) -> Graph<Part<'static>> {
        world.graph(&world.wanted())
    }

    /// All that is there, without what differs from world to world.
    async fn outcome(&self, world: &World) -> Value {
        let maps = world.objects("v1", "ConfigMap", "configmaps").await;
        let group = world.group();
        let widgets = world.objects(&format!("{group}/v1"), "Widget", "widgets").await;
        let of = |object: &Value| {
            let owner = Owner::of(object).map(|owner| owner.unit);
            let shown = json!({"name": object["metadata"]["name"], "data": object["data"], "spec": object["spec"],
                "is_ours": owner.as_deref() == Some(&world.unit.owner.unit)});
            (object["metadata"]["name"] != "kube-root-ca.crt").then_some(shown)
        };
        let objects: Vec<_> = maps.iter().chain(&widgets).filter_map(of).collect();
        let inventory = ObjectId {
            api_version: "v1".to_owned(),
            kind: "ConfigMap".to_owned(),
            namespace: Some(self.home.name.clone()),
            name: format!("yake.trial.{}", world.unit.owner.unit),
        };
        let inventory = self.clusters.runtime.get(&inventory).await.unwrap().unwrap();
        let lines = inventory["data"]["objects"].as_str().unwrap().lines();
        let kept: Vec<_> = lines
            .map(|line| {
                let (object, uid) = line.rsplit_once(' ').unwrap();
                (object.replace(&world.name, "WORLD"), uid != "-")
            })
            .collect();
        json!({"objects": objects, "inventory": kept})
    }

    /// The API server takes its time to serve a new kind.
    async fn between(&self, _: &World) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    fn failure(&self) -> SyncError {
        SyncError::Prune {
            id: Box::new(
                ObjectId::of(&json!({"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}})).unwrap(),
            ),
            what: "made to fail".to_owned(),
            class: Class::Transient,
        }
    }
}

impl Units {
    async fn new(purpose: &str) -> Result<Self> {
        let cluster = &Lab::clusters()?[0];
        let runtime = Connection::new(&cluster.kubeconfig, Timeouts::default()).await?;
        Ok(Self {
            clusters: Clusters {
                runtime,
                garden: None,
            },
            home: cluster.namespace(purpose).await?,
            count: AtomicUsize::new(0),
        })
    }

    /// Removes what worlds had outside of the test's namespace.
    async fn end(self) -> Result<()> {
        for number in 0..self.count.load(Ordering::Relaxed) {
            let name = format!("{}-{number}", self.home.name);
            let id = |api_version: &str, kind: &str, name: String| ObjectId {
                api_version: api_version.to_owned(),
                kind: kind.to_owned(),
                namespace: None,
                name,
            };
            let definition = format!("widgets.{name}.trial.test");
            for id in [
                id("apiextensions.k8s.io/v1", "CustomResourceDefinition", definition),
                id("v1", "Namespace", name),
            ] {
                self.clusters
                    .runtime
                    .delete(&id, Propagation::Background, None)
                    .await?;
            }
        }
        Ok(())
    }
}

/// Each change of a pass fails once, before and after it took effect: inventory, namespace, definition, objects, prune.
#[tokio::test]
async fn a_unit_whose_changes_fail_one_by_one_ends_as_one_whose_changes_do_not() -> Result<()> {
    let units = Units::new("fails").await?;
    let steps = fails_at_each_step(&units).await;
    assert!(steps >= 7, "{steps}");
    units.end().await
}

/// A pass ends as by a kill at many points, and another takes up what it left.
#[tokio::test]
async fn a_unit_whose_pass_is_dropped_anywhere_ends_as_one_whose_pass_is_not() -> Result<()> {
    let units = Units::new("stops").await?;
    let points = stops_at_each_await(&units, 20).await;
    assert!(points > 3, "{points}");
    units.end().await
}
