//! Upgrades of a landscape in memory, which follows by itself between two passes.

use std::borrow::Borrow;
use std::sync::Mutex;
use std::time::Duration;

use common::graph::Graph;
use common::graph::trial::{Trial, fails_at_each_step, runs_twice, stops_at_each_await};
use serde_json::{Value, json};

use super::{Landscape, Limits, News, Stop, UpgradeError, UpgradeWave, World, run};
use crate::landscape::upgrade::{Pin, Rule, Rules, Unwritable, Vector, Write};

const FROM: &str = "v1.147.3";
const TO: &str = "v1.148.4";

/// Objects, what was written to them, and whether Gardener works.
struct InMemory {
    objects: Mutex<Vec<Value>>,
    written: Mutex<Vec<String>>,
    is_asleep: bool,
}

impl Landscape for InMemory {
    async fn observe(&self) -> Result<Vec<Value>, UpgradeError> {
        tokio::task::yield_now().await;
        Ok(self.objects.lock().unwrap().clone())
    }

    async fn write(&self, write: &Write) -> Result<(), UpgradeError> {
        tokio::task::yield_now().await;
        self.take(write);
        tokio::task::yield_now().await;
        Ok(())
    }
}

fn merge(live: &mut Value, given: &Value) {
    match given {
        Value::Object(members) => {
            for (key, value) in members {
                merge(&mut live[key], value);
            }
        }
        other => *live = other.clone(),
    }
}

impl InMemory {
    fn new(objects: Vec<Value>) -> Self {
        Self {
            objects: Mutex::new(objects),
            written: Mutex::default(),
            is_asleep: false,
        }
    }

    fn take(&self, write: &Write) {
        let (Write::Runtime(given) | Write::Virtual(given)) = write;
        let mut objects = self.objects.lock().unwrap();
        let name = given["metadata"]["name"].clone();
        let live = objects
            .iter_mut()
            .find(|live| live["kind"] == given["kind"] && live["metadata"]["name"] == name)
            .unwrap();
        merge(&mut live["spec"], &given["spec"]);
        live["metadata"]["generation"] = json!(live["metadata"]["generation"].as_i64().unwrap() + 1);
        let what = format!("{}/{}", given["kind"].as_str().unwrap(), name.as_str().unwrap());
        self.written.lock().unwrap().push(what);
    }

    /// What Gardener does next: each object follows what it follows, in two steps.
    fn follow(&self) {
        let mut objects = self.objects.lock().unwrap();
        let before = objects.clone();
        let text = |kind: &str, pointer: &str| {
            let object = before.iter().find(|object| object["kind"] == kind);
            object
                .and_then(|object| object.pointer(pointer))
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let tag = |reference: Option<String>| {
            reference.and_then(|reference| Some(reference.rsplit_once(':')?.1.to_owned()))
        };
        let operator = tag(text("Deployment", "/spec/template/spec/containers/0/image"));
        let gardenlet = tag(text("Gardenlet", "/spec/deployment/helm/ociRepository/ref"));
        let seed = text("Seed", "/status/gardener/version");
        for object in objects.iter_mut() {
            match object["kind"].as_str() {
                Some("Garden") => step(object, operator.as_deref()),
                Some("Extension") => step(object, None),
                Some("Seed") => step(object, gardenlet.as_deref()),
                Some("Shoot") => step(object, seed.as_deref()),
                _ => {}
            }
        }
    }
}

fn step(object: &mut Value, version: Option<&str>) {
    let is_new = version.is_some_and(|version| object["status"]["gardener"]["version"] != version);
    let is_seen = object["status"]["observedGeneration"] == object["metadata"]["generation"];
    object["status"]["observedGeneration"] = object["metadata"]["generation"].clone();
    let state = if is_new || !is_seen {
        "Processing"
    } else {
        "Succeeded"
    };
    object["status"]["lastOperation"] = json!({"type": "Reconcile", "state": state});
    if let Some(version) = version {
        object["status"]["gardener"] = json!({"version": version});
    }
}

fn object(api_version: &str, kind: &str, name: &str, spec: &Value, conditions: &[&str]) -> Value {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|kind| json!({"type": kind, "status": "True"}))
        .collect();
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "garden", "generation": 1},
        "spec": spec, "status": {"observedGeneration": 1, "gardener": {"version": FROM}, "conditions": conditions,
            "lastOperation": {"type": "Reconcile", "state": "Succeeded"}}})
}

fn objects() -> Vec<Value> {
    let chart =
        |name: &str, version: &str| json!({"ociRepository": {"ref": format!("reg/{name}:{version}")}});
    let core = "core.gardener.cloud/v1beta1";
    let image = format!("reg/operator:{FROM}");
    vec![
        object(
            "apps/v1",
            "Deployment",
            "gardener-operator",
            &json!({"template": {"spec": {"containers": [{"name": "operator", "image": image}]}}}),
            &[],
        ),
        object(
            "operator.gardener.cloud/v1alpha1",
            "Garden",
            "local",
            &json!({"virtualCluster": {"kubernetes": {"version": "1.33.5"}}}),
            &[
                "RuntimeComponentsHealthy",
                "VirtualComponentsHealthy",
                "VirtualGardenAPIServerAvailable",
                "ObservabilityComponentsHealthy",
            ],
        ),
        object(
            "operator.gardener.cloud/v1alpha1",
            "Extension",
            "calico",
            &json!({"deployment": {"extension": {"helm": chart("calico", "v1.59.0")}}}),
            &["Installed"],
        ),
        object(
            "seedmanagement.gardener.cloud/v1alpha1",
            "Gardenlet",
            "soil",
            &json!({"deployment": {"helm": chart("gardenlet", FROM)}}),
            &["GardenletReconciled"],
        ),
        object(
            core,
            "Seed",
            "soil",
            &json!({}),
            &["GardenletReady", "ExtensionsReady", "SeedSystemComponentsHealthy"],
        ),
        object(core, "Shoot", "a", &json!({}), &[]),
    ]
}

fn vector(gardener: &str) -> Vector {
    let pin = Pin {
        version: "1.59.1".parse().unwrap(),
        library: None,
    };
    Vector {
        gardener: gardener.parse().unwrap(),
        kubernetes: Some("1.34.2".parse().unwrap()),
        extensions: [("calico".to_owned(), pin)].into(),
        requires: [].into(),
        acknowledged: [].into(),
    }
}

fn world(objects: Vec<Value>, gardener: &str) -> World<InMemory> {
    World::new(InMemory::new(objects), vector(gardener), Rules::default())
}

struct Upgrades;

impl Trial for Upgrades {
    type Component = UpgradeWave<InMemory>;
    type World = World<InMemory>;
    type Outcome = Vec<Value>;

    async fn world(&self) -> World<InMemory> {
        world(objects(), TO)
    }

    fn session<'w>(&self, world: &'w World<InMemory>) -> impl Borrow<World<InMemory>> + Send + 'w {
        world
    }

    fn graph(&self, _: &World<InMemory>) -> Graph<UpgradeWave<InMemory>> {
        UpgradeWave::graph().unwrap()
    }

    /// But for generations: a write may be repeated where it is not known to have been made.
    async fn outcome(&self, world: &World<InMemory>) -> Vec<Value> {
        let mut objects = world.landscape().objects.lock().unwrap().clone();
        for object in &mut objects {
            object["metadata"]["generation"] = json!(0);
            object["status"]["observedGeneration"] = json!(0);
        }
        objects
    }

    async fn between(&self, world: &World<InMemory>) {
        world.landscape().follow();
        world.forget().await;
    }

    fn failure(&self) -> UpgradeError {
        UpgradeError::NoVirtualGarden
    }
}

const ORDER: [&str; 4] = [
    "Deployment/gardener-operator",
    "Garden/local",
    "Extension/calico",
    "Gardenlet/soil",
];

#[tokio::test]
async fn an_upgrade_ends_the_same_wherever_it_fails_or_is_stopped() {
    let end = runs_twice(&Upgrades).await;
    assert_eq!(
        end[1]["spec"]["virtualCluster"]["kubernetes"]["version"],
        "1.34.2"
    );
    assert_eq!(end[5]["status"]["gardener"]["version"], TO);
    assert_eq!(fails_at_each_step(&Upgrades).await, ORDER.len());
    assert!(stops_at_each_await(&Upgrades, 1).await > ORDER.len());
}

async fn upgrade(world: &World<InMemory>) -> (Result<(), Stop>, Vec<News>) {
    let mut all = Vec::new();
    let limits = Limits {
        wave: Duration::from_millis(100),
        pace: Duration::from_millis(1),
    };
    let end = run(world, limits, |news| {
        all.push(news.clone());
        if !world.landscape().is_asleep {
            world.landscape().follow();
        }
    })
    .await;
    (end, all)
}

fn written(world: &World<InMemory>) -> Vec<String> {
    world.landscape().written.lock().unwrap().clone()
}

/// U1
#[tokio::test]
async fn waves_are_written_in_their_order_and_each_once() {
    let world = world(objects(), TO);
    let (end, news) = upgrade(&world).await;
    end.unwrap();
    assert_eq!(written(&world), ORDER);
    let kubernetes = news
        .iter()
        .position(|news| news.written == ["Garden/kubernetes 1.33.5 → 1.34.2"])
        .unwrap();
    let before: Vec<&str> = news[..kubernetes].iter().map(|news| news.wave.as_str()).collect();
    assert_eq!(
        before,
        ["garden", "garden"],
        "the new operator has to have succeeded before"
    );
    assert_eq!(news.last().unwrap().wave, "seeds", "shoots follow with it");
}

/// U3, U4, U5
#[tokio::test]
async fn a_rule_refuses_before_anything_is_written() {
    for (version, rule) in [("1.149.0", Rule::SkipMinor), ("1.146.0", Rule::Downgrade)] {
        let world = world(objects(), version);
        let (end, _) = upgrade(&world).await;
        let Err(Stop::Refused(refusals)) = end else {
            panic!("{end:?}")
        };
        assert_eq!(refusals[0].rule, rule);
        assert_eq!(written(&world), [""; 0]);
    }
    let mut old = objects();
    old[4]["status"]["gardener"]["version"] = json!("v1.145.0");
    let world = world(old, TO);
    let (end, _) = upgrade(&world).await;
    assert!(matches!(end, Err(Stop::Refused(_))), "{end:?}");
    assert_eq!(written(&world), [""; 0]);
}

#[tokio::test]
async fn a_change_of_a_later_wave_that_cannot_be_made_is_told_before_the_first() {
    let mut pinned = objects();
    pinned[3]["spec"]["deployment"]["helm"]["ociRepository"]["digest"] = json!("sha256:abc");
    let world = world(pinned, TO);
    let (end, _) = upgrade(&world).await;
    assert!(matches!(end, Err(Stop::Unwritable(Unwritable { .. }))), "{end:?}");
    assert_eq!(written(&world), [""; 0]);
}

/// U11
#[tokio::test]
async fn a_wave_that_is_never_proven_pauses_with_its_reason_and_undoes_nothing() {
    let asleep = InMemory {
        is_asleep: true,
        ..InMemory::new(objects())
    };
    let stuck = World::new(asleep, vector(TO), Rules::default());
    let (end, _) = upgrade(&stuck).await;
    let Err(Stop::Paused(news)) = end else {
        panic!("{end:?}")
    };
    assert_eq!(
        (news.wave.as_str(), news.waits_for.as_str()),
        ("garden", "the Garden reports 1.147.3, not 1.148.4")
    );
    assert_eq!(written(&stuck), ["Deployment/gardener-operator"]);
}
