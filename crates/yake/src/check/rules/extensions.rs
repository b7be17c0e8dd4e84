//! What needs an extension, and which extensions there are.

use std::collections::BTreeSet;

use super::super::path::Path;
use super::super::rule::Rule;
use super::super::select::{select, texts};
use super::super::world::{Item, Sink, World};
use crate::build::Value;

/// Fields that name a type, the kind of the extension that has to do it, and whether the landscape must show it.
const NEEDS: &[(&str, &str, &str, &str)] = &[
    (
        "operator.gardener.cloud",
        "Garden",
        "spec.dns.providers[*].type",
        "DNSRecord",
    ),
    (
        "operator.gardener.cloud",
        "Garden",
        "spec.virtualCluster.etcd.main.backup.provider",
        "BackupBucket",
    ),
    (
        "operator.gardener.cloud",
        "Garden",
        "spec.extensions[*].type",
        "Extension",
    ),
    (
        "core.gardener.cloud",
        "Seed",
        "spec.dns.provider.type",
        "DNSRecord",
    ),
    (
        "core.gardener.cloud",
        "Seed",
        "spec.backup.provider",
        "BackupBucket",
    ),
    (
        "core.gardener.cloud",
        "Seed",
        "spec.extensions[*].type",
        "Extension",
    ),
    (
        "seedmanagement.gardener.cloud",
        "Gardenlet",
        "spec.config.seedConfig.spec.dns.provider.type",
        "DNSRecord",
    ),
    (
        "seedmanagement.gardener.cloud",
        "Gardenlet",
        "spec.config.seedConfig.spec.backup.provider",
        "BackupBucket",
    ),
    (
        "seedmanagement.gardener.cloud",
        "ManagedSeed",
        "spec.gardenlet.config.seedConfig.spec.dns.provider.type",
        "DNSRecord",
    ),
    (
        "seedmanagement.gardener.cloud",
        "ManagedSeed",
        "spec.gardenlet.config.seedConfig.spec.backup.provider",
        "BackupBucket",
    ),
    (
        "core.gardener.cloud",
        "Shoot",
        "spec.provider.type",
        "Infrastructure",
    ),
    ("core.gardener.cloud", "Shoot", "spec.networking.type", "Network"),
    (
        "core.gardener.cloud",
        "Shoot",
        "spec.provider.workers[*].machine.image.name",
        "OperatingSystemConfig",
    ),
    (
        "core.gardener.cloud",
        "Shoot",
        "spec.provider.workers[*].cri.containerRuntimes[*].type",
        "ContainerRuntime",
    ),
    (
        "core.gardener.cloud",
        "Shoot",
        "spec.extensions[*].type",
        "Extension",
    ),
    (
        "core.gardener.cloud",
        "Shoot",
        "spec.dns.providers[*].type",
        "DNSRecord",
    ),
];

pub(super) fn check(world: &World<'_>, sink: &mut Sink<'_>) {
    let done = done(world);
    for (group, kind, pattern, needed) in NEEDS {
        // A repository of tenants alone has no extensions, and does not tell which there are.
        if done.is_empty() && *kind != "Garden" {
            continue;
        }
        for item in world.of(group, kind) {
            for (path, wanted) in texts(&item.object.value, pattern) {
                if !done.contains(&((*needed).to_owned(), wanted.to_owned())) {
                    missing(item, path, needed, wanted, &done, sink);
                }
            }
        }
    }
}

fn missing(
    item: &Item<'_>,
    path: Path,
    needed: &str,
    wanted: &str,
    done: &BTreeSet<(String, String)>,
    sink: &mut Sink<'_>,
) {
    let types = done
        .iter()
        .filter(|(kind, _)| kind == needed)
        .map(|(_, of)| of.as_str());
    let hint = common::config::did_you_mean(wanted, types).unwrap_or_else(|| {
        format!("add the Extension whose spec.resources have kind {needed} and type {wanted}")
    });
    let message = format!("no Extension of the landscape does {needed} of type {wanted:?}");
    sink.find_with(item, Rule::ExtensionMissing, path, message, Some(hint));
}

/// Kinds and types that extensions of Git and of the cluster do.
fn done(world: &World<'_>) -> BTreeSet<(String, String)> {
    let mut done = world.facts.extensions.clone();
    let extensions = world.of("operator.gardener.cloud", "Extension");
    let registrations = world.of("core.gardener.cloud", "ControllerRegistration");
    for item in extensions.chain(registrations) {
        for (_, resource) in select(&item.object.value, "spec.resources[*]") {
            let text = |name: &str| resource.get(name).and_then(Value::as_text);
            if let (Some(kind), Some(of)) = (text("kind"), text("type")) {
                done.insert((kind.to_owned(), of.to_owned()));
            }
        }
    }
    done
}
