//! What Gardener's operator would refuse of a Garden.

use std::collections::BTreeSet;

use super::super::path::Path;
use super::super::rule::Rule;
use super::super::select::{select, texts};
use super::super::world::{Item, Sink, World};
use crate::build::Value;

/// Domains that need a provider.
const DOMAINS: [&str; 2] = [
    "spec.runtimeCluster.ingress.domains[*]",
    "spec.virtualCluster.dns.domains[*]",
];

pub(super) fn check(world: &World<'_>, sink: &mut Sink<'_>) {
    let gardens = || world.of("operator.gardener.cloud", "Garden");
    let mut clusters: Vec<(&str, &Item<'_>)> = Vec::new();
    for item in gardens() {
        let cluster = item.unit.cluster.as_str();
        if let Some((_, other)) = clusters.iter().find(|(known, _)| *known == cluster) {
            let message = format!("the cluster has a Garden already: {}", other.title());
            sink.find(item, Rule::TwoGardens, Path::root(), message);
        } else {
            clusters.push((cluster, item));
        }
        providers(item, sink);
        twice(item, "spec.extensions[*].type", Rule::GardenInvalid, sink);
        routing(item, sink);
        dashboard(item, sink);
        encryption(item, sink);
    }
}

/// Providers of DNS, and the domains that name them.
fn providers(item: &Item<'_>, sink: &mut Sink<'_>) {
    twice(item, "spec.dns.providers[*].name", Rule::DnsProviderTwice, sink);
    let value = &item.object.value;
    let known: BTreeSet<&str> = texts(value, "spec.dns.providers[*].name")
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    for (path, domain) in DOMAINS.iter().flat_map(|pattern| select(value, pattern)) {
        match domain.get("provider").and_then(Value::as_text) {
            Some(name) if name.contains("${") || known.contains(name) => {}
            Some(name) => {
                let message = format!("there is no DNS provider {name:?} in spec.dns.providers");
                let hint = common::config::did_you_mean(name, known.iter().copied());
                let path = path.member("provider");
                sink.find_with(item, Rule::DnsProviderUnknown, path, message, hint);
            }
            None if known.is_empty() => {}
            None => {
                let message = "the domain names no DNS provider, which it must where spec.dns is given";
                sink.find(item, Rule::DnsProviderUnknown, path, message);
            }
        }
    }
}

/// Texts that may be given only once.
fn twice(item: &Item<'_>, pattern: &str, rule: Rule, sink: &mut Sink<'_>) {
    let mut seen = BTreeSet::new();
    for (path, text) in texts(&item.object.value, pattern) {
        if !seen.insert(text) {
            sink.find(item, rule, path, format!("{text:?} is given twice"));
        }
    }
}

fn routing(item: &Item<'_>, sink: &mut Sink<'_>) {
    let path = [
        "spec",
        "runtimeCluster",
        "settings",
        "topologyAwareRouting",
        "enabled",
    ];
    let zones = item.at(&["spec", "runtimeCluster", "provider", "zones"]);
    let zones = zones.and_then(Value::as_list).map_or(0, <[Value]>::len);
    let is_available = item
        .at(&["spec", "virtualCluster", "controlPlane", "highAvailability"])
        .is_some();
    if item.at(&path) == Some(&Value::Bool(true)) && (zones < 2 || !is_available) {
        let message = "topology-aware routing needs two zones or more and spec.virtualCluster.controlPlane.highAvailability";
        sink.find(item, Rule::GardenInvalid, Path::of(&path), message);
    }
    let path = [
        "spec",
        "runtimeCluster",
        "settings",
        "loadBalancerServices",
        "externalTrafficPolicy",
    ];
    if let Some(policy) = item.text(&path)
        && !matches!(policy, "Cluster" | "Local")
    {
        let message = "the traffic policy is Cluster or Local";
        sink.find(item, Rule::GardenInvalid, Path::of(&path), message);
    }
}

fn dashboard(item: &Item<'_>, sink: &mut Sink<'_>) {
    let dashboard = ["spec", "virtualCluster", "gardener", "gardenerDashboard"];
    let Some(value) = item.at(&dashboard) else { return };
    let path = Path::of(&dashboard);
    let login = value.get("oidcConfig");
    if login.is_none() && value.get("enableTokenLogin") == Some(&Value::Bool(false)) {
        let message = "nobody could log in: without tokens, oidcConfig is needed";
        sink.find(
            item,
            Rule::GardenInvalid,
            path.member("enableTokenLogin"),
            message,
        );
    }
    let server = ["spec", "virtualCluster", "kubernetes", "kubeAPIServer"];
    let server = item.at(&server);
    let has = |name: &str| server.is_some_and(|server| server.get(name).is_some());
    if login.is_some() && !has("structuredAuthentication") && !has("oidcConfig") {
        let message = "login by OIDC needs structuredAuthentication of the API server";
        sink.find(item, Rule::GardenInvalid, path.member("oidcConfig"), message);
    }
    if value.at(&["ingress", "enabled"]) != Some(&Value::Bool(false))
        && value.get("propagateCAFromSNI") == Some(&Value::Bool(true))
        && !has("sni")
    {
        let message = "propagateCAFromSNI needs sni of the API server";
        sink.find(
            item,
            Rule::GardenInvalid,
            path.member("propagateCAFromSNI"),
            message,
        );
    }
}

/// Names of encrypted resources are written in small letters and without wildcards.
fn encryption(item: &Item<'_>, sink: &mut Sink<'_>) {
    for pattern in [
        "spec.virtualCluster.kubernetes.kubeAPIServer.encryptionConfig.resources[*]",
        "spec.virtualCluster.gardener.gardenerAPIServer.encryptionConfig.resources[*]",
    ] {
        for (path, resource) in texts(&item.object.value, pattern) {
            if resource.contains('*') || resource.chars().any(char::is_uppercase) {
                let message = "a resource is written in small letters and without *";
                sink.find(item, Rule::GardenInvalid, path, message);
            }
        }
    }
}
