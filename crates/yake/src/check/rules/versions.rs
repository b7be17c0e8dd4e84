//! Versions of Kubernetes: what Gardener supports, and what profiles offer.

use super::super::path::Path;
use super::super::rule::Rule;
use super::super::select::texts;
use super::super::world::{Item, Reference, Sink, World};
use crate::build::Value;
use crate::landscape::Version;
use crate::landscape::upgrade::Rules;

const CORE: &str = "core.gardener.cloud";

pub(super) fn check(world: &World<'_>, sink: &mut Sink<'_>) {
    let rules = Rules::default();
    let path = ["spec", "virtualCluster", "kubernetes", "version"];
    for item in world.of("operator.gardener.cloud", "Garden") {
        supported(world, item, &path, &rules.kubernetes_since, sink);
    }
    // Shoots may have one minor more than gardens.
    let mut since = rules.kubernetes_since;
    since.push((36, 145));
    let path = ["spec", "kubernetes", "version"];
    for item in world.of(CORE, "Shoot") {
        supported(world, item, &path, &since, sink);
        profile(world, item, sink);
    }
}

fn supported(world: &World<'_>, item: &Item<'_>, path: &[&str], since: &[(u32, u32)], sink: &mut Sink<'_>) {
    let Some(text) = item.text(path) else { return };
    let Ok(version) = text.parse::<Version>() else {
        let message = format!("{text:?} is not a version like 1.34.2");
        sink.find(item, Rule::Pattern, Path::of(path), message);
        return;
    };
    let gardener = world.versions.map(|versions| &versions.gardener);
    let known = since.iter().find(|(minor, _)| *minor == version.minor);
    let (message, hint) = match (known, gardener) {
        (None, _) => {
            let minors: Vec<String> = since.iter().map(|(minor, _)| format!("1.{minor}")).collect();
            (
                format!("Gardener does not support Kubernetes {version}"),
                format!("supported are {}", minors.join(", ")),
            )
        }
        (Some((_, since)), Some(gardener)) if gardener.minor < *since => (
            format!("Gardener {gardener} does not support Kubernetes {version}"),
            format!("it is supported since Gardener 1.{since}"),
        ),
        _ => return,
    };
    sink.find_with(
        item,
        Rule::KubernetesUnsupported,
        Path::of(path),
        message,
        Some(hint),
    );
}

/// What a shoot takes from its profile, where Git has that.
fn profile(world: &World<'_>, item: &Item<'_>, sink: &mut Sink<'_>) {
    let name = item
        .text(&["spec", "cloudProfile", "name"])
        .or_else(|| item.text(&["spec", "cloudProfileName"]));
    let kind = item
        .text(&["spec", "cloudProfile", "kind"])
        .unwrap_or("CloudProfile");
    let (Some(name), "CloudProfile") = (name, kind) else {
        return;
    };
    let wanted = Reference {
        cluster: item.unit.cluster.clone(),
        group: CORE.to_owned(),
        kind: kind.to_owned(),
        namespace: String::new(),
        name: name.to_owned(),
    };
    let Some(profile) = world.in_git(&wanted) else {
        return;
    };
    let offers = |pattern: &str| -> Vec<&str> {
        texts(&profile.object.value, pattern)
            .into_iter()
            .map(|(_, text)| text)
            .collect()
    };
    for (pattern, offered, what) in [
        ("spec.region", "spec.regions[*].name", "region"),
        (
            "spec.kubernetes.version",
            "spec.kubernetes.versions[*].version",
            "version of Kubernetes",
        ),
        (
            "spec.provider.workers[*].machine.type",
            "spec.machineTypes[*].name",
            "machine type",
        ),
        (
            "spec.provider.workers[*].machine.image.name",
            "spec.machineImages[*].name",
            "machine image",
        ),
        (
            "spec.provider.workers[*].volume.type",
            "spec.volumeTypes[*].name",
            "volume type",
        ),
    ] {
        let offered = offers(offered);
        for (path, text) in texts(&item.object.value, pattern) {
            // A minor alone stands for its newest patch.
            let fits =
                |one: &&str| *one == text || one.strip_prefix(text).is_some_and(|rest| rest.starts_with('.'));
            if !offered.iter().any(fits) {
                let message = format!("the CloudProfile {name} does not offer the {what} {text:?}");
                let hint = common::config::did_you_mean(text, offered.iter().copied());
                sink.find_with(item, Rule::CloudProfileVersion, path, message, hint);
            }
        }
    }
    image_versions(item, profile, sink);
}

fn image_versions(item: &Item<'_>, profile: &Item<'_>, sink: &mut Sink<'_>) {
    for (path, image) in
        super::super::select::select(&item.object.value, "spec.provider.workers[*].machine.image")
    {
        let text = |name: &str| image.get(name).and_then(Value::as_text);
        let (Some(name), Some(version)) = (text("name"), text("version")) else {
            continue;
        };
        let images = super::super::select::select(&profile.object.value, "spec.machineImages[*]");
        let of = images
            .iter()
            .find(|(_, of)| of.get("name").and_then(Value::as_text) == Some(name));
        let Some((_, of)) = of else { continue };
        let is_offered = texts(of, "versions[*].version")
            .iter()
            .any(|(_, one)| *one == version);
        if !is_offered && !version.contains("${") {
            let message = format!("the CloudProfile does not offer {name} {version}");
            sink.find(item, Rule::CloudProfileVersion, path.member("version"), message);
        }
    }
}
