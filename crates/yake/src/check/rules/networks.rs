//! Ranges of addresses: of each cluster among themselves, and of shoots against their seeds.

use ipnet::IpNet;

use super::super::Severity;
use super::super::path::Path;
use super::super::rule::Rule;
use super::super::select::texts;
use super::super::world::{Item, Sink, World};

/// What the tunnel between seeds and shoots has by default.
const TUNNEL: &str = "192.168.123.0/24";

/// Fields of a Garden, each a list.
const GARDEN: [(&str, &str); 4] = [
    ("nodes", "spec.runtimeCluster.networking.nodes[*]"),
    ("pods", "spec.runtimeCluster.networking.pods[*]"),
    ("services", "spec.runtimeCluster.networking.services[*]"),
    (
        "services of the virtual garden",
        "spec.virtualCluster.networking.services[*]",
    ),
];
/// Fields of seeds and shoots, below their networks.
const CLUSTER: [&str; 3] = ["nodes", "pods", "services"];

/// Kinds that describe a seed, and where.
const SEEDS: [(&str, &str, &str); 3] = [
    ("core.gardener.cloud", "Seed", "spec.networks"),
    (
        "seedmanagement.gardener.cloud",
        "Gardenlet",
        "spec.config.seedConfig.spec.networks",
    ),
    (
        "seedmanagement.gardener.cloud",
        "ManagedSeed",
        "spec.gardenlet.config.seedConfig.spec.networks",
    ),
];

/// A range, and where it stands.
#[derive(Clone)]
struct Range {
    what: String,
    path: Path,
    net: IpNet,
}

/// The ranges of a cluster.
struct Networks<'a, 'w> {
    item: &'w Item<'a>,
    ranges: Vec<Range>,
}

pub(super) fn check(world: &World<'_>, sink: &mut Sink<'_>) {
    for item in world.of("operator.gardener.cloud", "Garden") {
        let fields = GARDEN.map(|(what, pattern)| (what.to_owned(), pattern.to_owned()));
        let ranges = ranges(item, &fields, sink);
        disjoint(item, &ranges, sink);
        families(item, &ranges, sink);
    }
    let mut seeds = Vec::new();
    for (group, kind, at) in SEEDS {
        for item in world.of(group, kind) {
            let ranges = ranges(item, &below(at), sink);
            disjoint(item, &ranges, sink);
            seeds.push(Networks { item, ranges });
        }
    }
    for item in world.of("core.gardener.cloud", "Shoot") {
        let ranges = ranges(item, &below("spec.networking"), sink);
        disjoint(item, &ranges, sink);
        tunnel(item, &ranges, sink);
        for seed in &seeds {
            against(item, &ranges, seed, sink);
        }
    }
}

fn below(at: &str) -> [(String, String); 3] {
    CLUSTER.map(|what| (what.to_owned(), format!("{at}.{what}")))
}

/// The ranges that are some; those that are none are found.
fn ranges(item: &Item<'_>, fields: &[(String, String)], sink: &mut Sink<'_>) -> Vec<Range> {
    let mut ranges = Vec::new();
    for (what, pattern) in fields {
        for (path, text) in texts(&item.object.value, pattern) {
            if let Ok(net) = text.parse::<IpNet>() {
                ranges.push(Range {
                    what: what.clone(),
                    path,
                    net: net.trunc(),
                });
            } else {
                let message = "is not a range of addresses like 10.0.0.0/16";
                sink.find(item, Rule::CidrInvalid, path, message);
            }
        }
    }
    ranges
}

fn overlap(one: &IpNet, other: &IpNet) -> bool {
    one.contains(other) || other.contains(one)
}

fn disjoint(item: &Item<'_>, ranges: &[Range], sink: &mut Sink<'_>) {
    for (index, range) in ranges.iter().enumerate() {
        for other in ranges
            .iter()
            .take(index)
            .filter(|other| overlap(&range.net, &other.net))
        {
            let message = format!(
                "{} {} overlap {} {} ({})",
                range.what, range.net, other.what, other.net, other.path
            );
            sink.find(item, Rule::CidrOverlap, range.path.clone(), message);
        }
    }
}

/// The virtual garden has one range of services, or one of each family.
fn families(item: &Item<'_>, ranges: &[Range], sink: &mut Sink<'_>) {
    let services = ranges
        .iter()
        .filter(|range| range.path.starts_with(&["spec", "virtualCluster"]));
    let mut known: Vec<bool> = Vec::new();
    for range in services {
        let is_four = matches!(range.net, IpNet::V4(_));
        if known.contains(&is_four) {
            let message = "the virtual garden has one range of services for each family of addresses";
            sink.find(item, Rule::GardenInvalid, range.path.clone(), message);
        }
        known.push(is_four);
    }
}

fn tunnel(item: &Item<'_>, ranges: &[Range], sink: &mut Sink<'_>) {
    let Ok(tunnel) = TUNNEL.parse::<IpNet>() else {
        return;
    };
    for range in ranges.iter().filter(|range| overlap(&range.net, &tunnel)) {
        let message = format!(
            "{} {} overlap {TUNNEL}, which the tunnel to the seed uses",
            range.what, range.net
        );
        sink.find(item, Rule::CidrOverlap, range.path.clone(), message);
        lessen(sink);
    }
}

/// A shoot and a seed that it is on, or may be put on.
fn against(item: &Item<'_>, ranges: &[Range], seed: &Networks<'_, '_>, sink: &mut Sink<'_>) {
    // A shoot that is a seed has that seed's ranges, and never runs on itself.
    let is_itself = seed.item.text(&["spec", "shoot", "name"]) == Some(item.object.name());
    let on = item.text(&["spec", "seedName"]);
    if is_itself || on.is_some_and(|name| name != seed.item.object.name()) {
        return;
    }
    for range in ranges {
        for other in seed.ranges.iter().filter(|other| overlap(&range.net, &other.net)) {
            let message = format!(
                "{} {} overlap {} {} of the seed {}",
                range.what,
                range.net,
                other.what,
                other.net,
                seed.item.object.name()
            );
            sink.find(item, Rule::CidrOverlap, range.path.clone(), message);
            // Without a name, the scheduler takes another seed if there is one.
            if on.is_none() {
                lessen(sink);
            }
        }
    }
}

fn lessen(sink: &mut Sink<'_>) {
    if let Some(finding) = sink.findings.last_mut() {
        finding.severity = Severity::Warning;
    }
}
