//! Gardenlets, managed seeds with their shoots, projects.

use std::collections::BTreeMap;

use super::super::Severity;
use super::super::path::Path;
use super::super::rule::Rule;
use super::super::world::{Item, Reference, Sink, World};
use crate::build::Value;
use crate::landscape::Version;
use crate::landscape::upgrade::Rules;

const CORE: &str = "core.gardener.cloud";
const SEEDS: &str = "seedmanagement.gardener.cloud";
/// The only namespace in which seeds are managed.
const GARDEN: &str = "garden";
/// Lets the operator write the reference of the chart, which Git says.
const AUTO_UPDATE: &str = "operator.gardener.cloud/auto-update-gardenlet-helm-chart-ref";
/// What the namespace of the project `garden` has to carry.
const PROJECT_LABELS: [(&str, &str); 2] = [
    ("gardener.cloud/role", "project"),
    ("project.gardener.cloud/name", "garden"),
];

pub(super) fn check(world: &World<'_>, sink: &mut Sink<'_>) {
    for item in world.of(SEEDS, "Gardenlet") {
        auto_update(item, sink);
    }
    for item in world.of(SEEDS, "ManagedSeed") {
        managed(world, item, sink);
    }
    projects(world, sink);
}

fn auto_update(item: &Item<'_>, sink: &mut Sink<'_>) {
    let path = ["metadata", "labels", AUTO_UPDATE];
    if item.text(&path) == Some("true") {
        let message = "the operator would rewrite spec.deployment.helm.ociRepository.ref, which Git says";
        let hint = "remove the label; versions.yaml moves gardenlets";
        sink.find_with(
            item,
            Rule::GardenletAutoUpdate,
            Path::of(&path),
            message,
            Some(hint.to_owned()),
        );
    }
}

fn managed(world: &World<'_>, item: &Item<'_>, sink: &mut Sink<'_>) {
    if item.object.namespace() != GARDEN {
        let message = "a ManagedSeed belongs to the namespace garden";
        sink.find(
            item,
            Rule::ManagedSeed,
            Path::of(&["metadata", "namespace"]),
            message,
        );
    }
    let name = ["spec", "gardenlet", "config", "seedConfig", "metadata", "name"];
    if item.text(&name).is_some_and(|name| name != item.object.name()) {
        let message = "the seed has the name of its ManagedSeed";
        sink.find(item, Rule::ManagedSeed, Path::of(&name), message);
    }
    let Some(shoot) = shoot_of(world, item) else {
        return;
    };
    fitness(shoot, sink);
    version(shoot, sink);
    sameness(item, shoot, sink);
    project_namespace(world, item, sink);
}

fn shoot_of<'a, 'w>(world: &'w World<'a>, item: &Item<'_>) -> Option<&'w Item<'a>> {
    world.in_git(&Reference {
        cluster: item.unit.cluster.clone(),
        group: CORE.to_owned(),
        kind: "Shoot".to_owned(),
        namespace: item.object.namespace().to_owned(),
        name: item.text(&["spec", "shoot", "name"])?.to_owned(),
    })
}

/// What a shoot needs to become a seed.
fn fitness(shoot: &Item<'_>, sink: &mut Sink<'_>) {
    let addon = ["spec", "addons", "nginxIngress", "enabled"];
    if shoot.at(&addon) == Some(&Value::Bool(true)) {
        let message = "a shoot that becomes a seed must not have the nginx addon: Gardener brings its own";
        sink.find(shoot, Rule::ManagedSeed, Path::of(&addon), message);
    }
    let autoscaler = ["spec", "kubernetes", "verticalPodAutoscaler", "enabled"];
    if shoot.at(&autoscaler) != Some(&Value::Bool(true)) {
        let message = "a shoot that becomes a seed needs the vertical pod autoscaler";
        let hint = "set spec.kubernetes.verticalPodAutoscaler.enabled: true";
        sink.find_with(
            shoot,
            Rule::ManagedSeed,
            Path::of(&autoscaler),
            message,
            Some(hint.to_owned()),
        );
    }
}

/// Versions of Kubernetes that do not do as seeds.
fn version(shoot: &Item<'_>, sink: &mut Sink<'_>) {
    let path = ["spec", "kubernetes", "version"];
    let Some(Ok(version)) = shoot.text(&path).map(str::parse::<Version>) else {
        return;
    };
    let bad = Rules::default().bad_seeds;
    let bad = bad
        .iter()
        .find(|(from, to, _)| *from <= version && version <= *to);
    if let Some((.., why)) = bad {
        let message = format!("Kubernetes {version} does not do for a seed: {why}");
        sink.find(shoot, Rule::KubernetesUnsupported, Path::of(&path), message);
        if let Some(finding) = sink.findings.last_mut() {
            finding.severity = Severity::Warning;
        }
    }
}

/// What a seed says of itself has to be what its shoot is.
fn sameness(item: &Item<'_>, shoot: &Item<'_>, sink: &mut Sink<'_>) {
    const SEED: [&str; 5] = ["spec", "gardenlet", "config", "seedConfig", "spec"];
    for (below, of_shoot) in [
        (["provider", "type"], ["spec", "provider", "type"].as_slice()),
        (["provider", "region"], &["spec", "region"]),
        (["networks", "nodes"], &["spec", "networking", "nodes"]),
        (["networks", "pods"], &["spec", "networking", "pods"]),
        (["networks", "services"], &["spec", "networking", "services"]),
    ] {
        let path: Vec<&str> = SEED.iter().copied().chain(below).collect();
        let (Some(seed), Some(shoot)) = (item.text(&path), shoot.text(of_shoot)) else {
            continue;
        };
        if seed != shoot {
            let message = format!("is {seed:?}, but the shoot's {} is {shoot:?}", of_shoot.join("."));
            sink.find(item, Rule::ManagedSeed, Path::of(&path), message);
        }
    }
}

fn project_namespace(world: &World<'_>, item: &Item<'_>, sink: &mut Sink<'_>) {
    let namespace = world.in_git(&Reference {
        cluster: item.unit.cluster.clone(),
        group: String::new(),
        kind: "Namespace".to_owned(),
        namespace: String::new(),
        name: GARDEN.to_owned(),
    });
    let Some(namespace) = namespace else { return };
    for (label, value) in PROJECT_LABELS {
        let path = ["metadata", "labels", label];
        if namespace.text(&path) != Some(value) {
            let message = format!(
                "seeds are managed in the namespace of the project garden, whose label {label} is {value}"
            );
            sink.find(namespace, Rule::ManagedSeed, Path::of(&path), message);
        }
    }
}

fn projects(world: &World<'_>, sink: &mut Sink<'_>) {
    let mut known: BTreeMap<(&str, &str), &Item<'_>> = BTreeMap::new();
    for item in world.of(CORE, "Project") {
        let path = ["spec", "namespace"];
        let Some(namespace) = item.text(&path) else {
            continue;
        };
        if let Some(other) = known.insert((&item.unit.cluster, namespace), item) {
            let message = format!("the namespace {namespace:?} is the one of {}", other.title());
            sink.find(item, Rule::ProjectNamespace, Path::of(&path), message);
        }
    }
}
