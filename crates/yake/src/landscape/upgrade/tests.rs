//! Upgrades told as stories, and a simulated landscape in which no order of events may break a rule.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::landscape::Version;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn vector(gardener: &str) -> Vector {
    Vector {
        gardener: version(gardener),
        kubernetes: None,
        extensions: [("networking-calico".to_owned(), pin("1.59.1", Some("1.147.0")))].into(),
        requires: [].into(),
        acknowledged: [].into(),
    }
}

fn pin(version_: &str, library: Option<&str>) -> Pin {
    Pin {
        version: version(version_),
        library: library.map(version),
    }
}

/// A landscape as its objects tell it: one seed of each kind and one shoot.
#[derive(Debug, Clone)]
struct Landscape {
    operator: String,
    garden: (String, &'static str),
    calico: String,
    gardenlet: String,
    seeds: [String; 2],
    shoot: String,
}

impl Landscape {
    fn at(gardener: &str) -> Self {
        let gardener = gardener.to_owned();
        Self {
            operator: gardener.clone(),
            garden: (gardener.clone(), "Succeeded"),
            calico: "1.59.1".to_owned(),
            gardenlet: gardener.clone(),
            seeds: [gardener.clone(), gardener.clone()],
            shoot: gardener,
        }
    }

    fn objects(&self) -> Vec<Value> {
        let image = format!("registry:5000/gardener/operator:v{}", self.operator);
        let reference =
            |chart: &str, version: &str| json!({"ociRepository": {"ref": format!("reg/{chart}:v{version}")}});
        let done = |state: &str| json!({"type": "Reconcile", "state": state});
        let seed = |name: &str, version: &str| {
            json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Seed",
                "metadata": {"name": name, "generation": 1},
                "status": {"observedGeneration": 1, "gardener": {"version": format!("v{version}")},
                    "kubernetesVersion": "1.34.2", "lastOperation": done("Succeeded"),
                    "conditions": truths(&["GardenletReady", "ExtensionsReady", "SeedSystemComponentsHealthy"])}})
        };
        let [soil, managed] = &self.seeds;
        vec![
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "gardener-operator"},
                "spec": {"template": {"spec": {"containers": [{"image": image}]}}}}),
            json!({"apiVersion": "operator.gardener.cloud/v1alpha1", "kind": "Garden",
                "metadata": {"name": "local", "generation": 1},
                "spec": {"virtualCluster": {"kubernetes": {"version": "1.34.2"}}},
                "status": {"observedGeneration": 1, "gardener": {"version": self.garden.0},
                    "lastOperation": done(self.garden.1),
                    "conditions": truths(&["RuntimeComponentsHealthy", "VirtualComponentsHealthy",
                        "VirtualGardenAPIServerAvailable", "ObservabilityComponentsHealthy"])}}),
            json!({"apiVersion": "operator.gardener.cloud/v1alpha1", "kind": "Extension",
                "metadata": {"name": "networking-calico", "generation": 1},
                "spec": {"deployment": {"extension": {"helm": reference("calico", &self.calico)}}},
                "status": {"observedGeneration": 1, "conditions": truths(&["Installed"])}}),
            json!({"apiVersion": "seedmanagement.gardener.cloud/v1alpha1", "kind": "Gardenlet",
                "metadata": {"name": "soil", "namespace": "garden"},
                "spec": {"deployment": {"helm": reference("gardenlet", &self.gardenlet)}}}),
            json!({"apiVersion": "seedmanagement.gardener.cloud/v1alpha1", "kind": "ManagedSeed",
                "metadata": {"name": "managed", "namespace": "garden"}}),
            seed("soil", soil),
            seed("managed", managed),
            json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Shoot",
                "metadata": {"name": "a", "namespace": "garden-dev"},
                "spec": {"maintenance": {"timeWindow": {"begin": "220000+0100"}}},
                "status": {"gardener": {"version": self.shoot}}}),
        ]
    }

    fn state(&self) -> ClusterState {
        ClusterState::read(&self.objects())
    }

    fn plan(&self, vector: &Vector) -> Plan {
        plan(vector, &self.state(), &Rules::default())
    }
}

fn truths(kinds: &[&str]) -> Vec<Value> {
    kinds
        .iter()
        .map(|kind| json!({"type": kind, "status": "True"}))
        .collect()
}

fn rules(plan: &Plan) -> Vec<Rule> {
    plan.refusals.iter().map(|refusal| refusal.rule).collect()
}

fn writes(plan: &Plan) -> Vec<String> {
    plan.writes()
        .iter()
        .map(|change| change.object.to_string())
        .collect()
}

#[test]
fn waves_begin_only_when_the_former_is_proven() {
    let wanted = vector("1.148.4");
    let mut landscape = Landscape::at("1.147.3");
    assert_eq!(writes(&landscape.plan(&wanted)), ["Deployment/gardener-operator"]);
    landscape.operator = "1.148.4".to_owned();
    assert_eq!(
        writes(&landscape.plan(&wanted)),
        [""; 0],
        "the old success proves nothing"
    );
    assert_eq!(landscape.plan(&wanted).current().unwrap().kind, WaveKind::Garden);
    landscape.garden = ("1.148.4".to_owned(), "Processing");
    assert_eq!(landscape.plan(&wanted).current().unwrap().kind, WaveKind::Garden);
    landscape.garden.1 = "Succeeded";
    assert_eq!(writes(&landscape.plan(&wanted)), ["Gardenlet/soil"]);
    landscape.gardenlet = "1.148.4".to_owned();
    assert_eq!(landscape.plan(&wanted).current().unwrap().kind, WaveKind::Seeds);
    landscape.seeds = ["1.148.4".to_owned(), "1.148.4".to_owned()];
    let plan = landscape.plan(&wanted);
    let Gate::Closed { reasons } = &plan.current().unwrap().gate else {
        panic!("shoots lag")
    };
    assert_eq!(
        reasons[0],
        "1 of 1 shoots outstanding: garden-dev/a (next window 220000+0100)"
    );
    landscape.shoot = "1.148.4".to_owned();
    assert_eq!(landscape.plan(&wanted).current(), None);
}

#[test]
fn an_extension_moves_after_the_garden_and_before_the_gardenlets() {
    let mut landscape = Landscape::at("1.147.3");
    landscape.operator = "1.148.4".to_owned();
    landscape.garden.0 = "1.148.4".to_owned();
    landscape.calico = "1.59.0".to_owned();
    assert_eq!(
        writes(&landscape.plan(&vector("1.148.4"))),
        ["Extension/networking-calico"]
    );
}

#[test]
fn a_skipped_minor_is_refused_and_shown_in_stages() {
    let plan = Landscape::at("1.147.3").plan(&vector("1.149.0"));
    assert_eq!(rules(&plan), [Rule::SkipMinor]);
    assert!(plan.writes().is_empty());
    let targets: Vec<_> = plan.stages.iter().map(|stage| stage.target.clone()).collect();
    assert_eq!(
        targets,
        [
            StageTarget::NewestPatchOf("1.148".to_owned()),
            StageTarget::Exact("1.149.0".to_owned())
        ]
    );
}

#[test]
fn nothing_goes_back_not_even_an_operator_that_has_begun_nothing() {
    let mut begun = Landscape::at("1.147.3");
    begun.operator = "1.148.4".to_owned();
    for landscape in [begun, Landscape::at("1.148.4")] {
        let plan = landscape.plan(&vector("1.147.3"));
        assert!(rules(&plan).contains(&Rule::Downgrade));
        assert!(plan.writes().is_empty());
    }
}

#[test]
fn a_gardenlet_three_minors_behind_stops_the_upgrade() {
    let mut landscape = Landscape::at("1.147.3");
    landscape.seeds[1] = "1.145.0".to_owned();
    assert_eq!(
        rules(&landscape.plan(&vector("1.148.4"))),
        [Rule::SkewGardenlet, Rule::SkewExtension]
    );
}

#[test]
fn an_extension_newer_than_the_oldest_gardenlet_is_refused() {
    let mut wanted = vector("1.148.4");
    wanted
        .extensions
        .insert("networking-calico".to_owned(), pin("1.60.0", Some("1.149.0")));
    let plan = Landscape::at("1.148.4").plan(&wanted);
    assert_eq!(rules(&plan), [Rule::SkewExtension]);
    assert!(
        plan.refusals[0].message.contains("seed managed") || plan.refusals[0].message.contains("seed soil")
    );
}

#[test]
fn the_next_minor_waits_for_the_last_shoot_of_this_one() {
    let mut landscape = Landscape::at("1.148.4");
    landscape.shoot = "1.147.3".to_owned();
    let mut wanted = vector("1.149.0");
    let plan = landscape.plan(&wanted);
    assert!(plan.refusals.is_empty() && plan.writes().is_empty());
    assert!(plan.waiting[0].starts_with("1 of 1 shoots outstanding"));
    assert_eq!(
        writes(&landscape.plan(&vector("1.148.9"))).len(),
        1,
        "a patch does not wait for them"
    );
    wanted.acknowledged.insert("shoots-may-lag".to_owned());
    assert_eq!(writes(&landscape.plan(&wanted)).len(), 1);
}

#[test]
fn kubernetes_moves_a_minor_at_a_time_and_only_where_gardener_supports_it() {
    let refused = |kubernetes: &str, gardener: &str| {
        let mut wanted = vector(gardener);
        wanted.kubernetes = Some(version(kubernetes));
        rules(&Landscape::at(gardener).plan(&wanted))
    };
    assert_eq!(refused("1.35.4", "1.147.3"), []);
    assert_eq!(
        refused("1.36.1", "1.147.3"),
        [Rule::KubernetesSkipMinor, Rule::KubernetesUnsupported]
    );
    assert_eq!(refused("1.33.9", "1.147.3"), [Rule::KubernetesDowngrade]);
    let mut old = vector("1.130.0");
    old.kubernetes = Some(version("1.34.5"));
    old.extensions.clear();
    assert_eq!(
        rules(&Landscape::at("1.130.0").plan(&old)),
        [Rule::KubernetesUnsupported]
    );
}

#[test]
fn a_seed_on_a_version_that_regresses_is_warned_of() {
    let mut state = Landscape::at("1.148.4").state();
    state.seeds.get_mut("soil").unwrap().kubernetes = Some(version("1.35.2"));
    let warnings = Rules::default().warn(&state);
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].starts_with("seed soil runs Kubernetes 1.35.2"));
}

#[test]
fn what_has_to_be_done_first_blocks_until_a_commit_says_that_it_is() {
    let mut wanted = vector("1.148.4");
    wanted.requires.insert(
        "dns-moved".to_owned(),
        "move DNS secrets into the seeds".to_owned(),
    );
    let landscape = Landscape::at("1.147.3");
    assert_eq!(rules(&landscape.plan(&wanted)), [Rule::Unacknowledged]);
    wanted.acknowledged.insert("dns-moved".to_owned());
    assert_eq!(writes(&landscape.plan(&wanted)).len(), 1);
}

/// U8
#[test]
fn the_runtime_cluster_as_a_seed_moves_with_the_operator() {
    let gardenlet = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "gardenlet", "namespace": "garden"}});
    let configuration = |seed: &str| {
        let file = format!("kind: GardenletConfiguration\nseedConfig:\n  metadata:\n    name: {seed}\n");
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "gardenlet-configmap", "namespace": "garden"},
            "data": {"config.yaml": file, "other": "not: [yaml"}})
    };
    let writes = |more: &[Value]| {
        let objects: Vec<Value> = Landscape::at("1.147.3")
            .objects()
            .into_iter()
            .chain(more.to_vec())
            .collect();
        writes(&plan(
            &vector("1.148.4"),
            &ClusterState::read(&objects),
            &Rules::default(),
        ))
    };
    let together = ["Deployment/gardener-operator", "Gardenlet/soil"];
    assert_eq!(writes(&[gardenlet.clone(), configuration("soil")]), together);
    assert_eq!(
        writes(std::slice::from_ref(&gardenlet)),
        together,
        "there is no other"
    );
    assert_eq!(writes(&[gardenlet, configuration("managed")]), together[..1]);
    assert_eq!(writes(&[configuration("soil")]), together[..1]);
}

/// What the landscape does by itself between two looks of ours.
fn evolve(landscape: &mut Landscape, event: u8) {
    let operator = landscape.operator.clone();
    match event {
        0 if landscape.garden.0 != operator => landscape.garden = (operator, "Processing"),
        1 => landscape.garden.1 = "Succeeded",
        2 if landscape.garden.1 != "Processing" => landscape.garden.1 = "Error",
        3 => landscape.seeds[0] = landscape.gardenlet.clone(),
        4 if landscape.garden.1 == "Succeeded" => landscape.seeds[1] = landscape.garden.0.clone(),
        5 => landscape.shoot = landscape.seeds[0].clone(),
        _ => {}
    }
}

fn write(landscape: &mut Landscape, change: &Change) {
    match change.object.to_string().as_str() {
        "Deployment/gardener-operator" => landscape.operator = change.to.clone(),
        "Extension/networking-calico" => landscape.calico = change.to.clone(),
        "Gardenlet/soil" => {
            let is_proven = landscape.garden.0 == change.to && landscape.garden.1 == "Succeeded";
            assert!(is_proven, "a gardenlet moved before the Garden: {landscape:?}");
            landscape.gardenlet = change.to.clone();
        }
        other => panic!("nobody asked for {other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever happens in whatever order, and wherever we are stopped between two writes: no rule is broken, and
    /// once the landscape has had time the upgrade is done. There is no memory to lose.
    #[test]
    fn no_order_of_events_breaks_a_rule_and_all_of_them_end_well(
        events in prop::collection::vec((0_u8..7, any::<bool>()), 0..60),
        calico in prop::sample::select(vec!["1.59.0", "1.59.1"]),
    ) {
        let wanted = vector("1.148.4");
        let mut landscape = Landscape::at("1.147.3");
        landscape.calico = calico.to_owned();
        let settle = (0..20).flat_map(|_| [0_u8, 1, 3, 4, 5].map(|event| (event, false)));
        for (event, is_stopped) in events.into_iter().chain(settle) {
            evolve(&mut landscape, event);
            let plan = landscape.plan(&wanted);
            let count = if is_stopped { 1 } else { usize::MAX };
            for change in plan.writes().iter().take(count) {
                write(&mut landscape, change);
            }
        }
        let plan = landscape.plan(&wanted);
        prop_assert_eq!(plan.current(), None);
    }
}
