//! Objects that others name. What is made by somebody else, in the cluster only, is accepted by its user with an
//! annotation, or known with a cluster.

mod fields;

use fields::Target::{
    self, Beside, Cluster, Full, GardenConfigMap, GardenResource, GardenSecret, Profile, Resource,
};
use fields::{CORE, FIELDS};

use super::super::path::Path;
use super::super::rule::Rule;
use super::super::select::{select, texts};
use super::super::world::{Item, Reference, Sink, World};
use crate::build::Value;

/// The namespace of Gardener's own objects.
const GARDEN: &str = "garden";

/// A field and what it names.
struct Named<'a, 'w> {
    item: &'w Item<'a>,
    path: Path,
    reference: Reference,
}

/// References to what is neither in Git nor known of a cluster.
pub(in crate::check) fn unresolved(world: &World<'_>) -> Vec<Reference> {
    let mut references: Vec<Reference> = missing(world).into_iter().map(|named| named.reference).collect();
    references.sort();
    references.dedup();
    references
}

pub(super) fn check(world: &World<'_>, sink: &mut Sink<'_>) {
    for Named {
        item,
        path,
        reference,
    } in missing(world)
    {
        let Reference {
            kind,
            namespace,
            name,
            ..
        } = &reference;
        let place = if namespace.is_empty() {
            String::new()
        } else {
            format!(" of the namespace {namespace}")
        };
        let message = format!("names the {kind} {name:?}{place}, which is not in Git");
        let hint = near(world, &reference);
        sink.find_with(item, Rule::ReferenceMissing, path, message, Some(hint));
    }
}

/// Another object that may have been meant, or what else to do.
fn near(world: &World<'_>, wanted: &Reference) -> String {
    let mut elsewhere = world.of(&wanted.group, &wanted.kind);
    if let Some(other) = elsewhere.find(|item| item.object.name() == wanted.name) {
        let namespace = other.object.namespace();
        return if other.unit.cluster == wanted.cluster {
            format!("one of that name is in the namespace {namespace:?}")
        } else {
            format!(
                "one of that name is in {}, of another cluster",
                other.object.origin.file
            )
        };
    }
    let names = world
        .of(&wanted.group, &wanted.kind)
        .map(|item| item.object.name());
    common::config::did_you_mean(&wanted.name, names).unwrap_or_else(|| {
        format!(
            "add it, or accept {} with an annotation if it is made elsewhere",
            Rule::ReferenceMissing
        )
    })
}

fn missing<'a, 'w>(world: &'w World<'a>) -> Vec<Named<'a, 'w>> {
    let mut found = Vec::new();
    for (group, kind, pattern, target) in FIELDS {
        for item in world.of(group, kind) {
            found.extend(named(item, pattern, *target));
        }
    }
    found.retain(|named| !world.has(&named.reference));
    found
}

fn named<'a, 'w>(item: &'w Item<'a>, pattern: &str, target: Target) -> Vec<Named<'a, 'w>> {
    let value = &item.object.value;
    let places: Vec<(Path, Option<Reference>)> = match target {
        GardenSecret | GardenConfigMap | Beside(..) | Cluster(..) => texts(value, pattern)
            .into_iter()
            .map(|(path, name)| (path, by_name(item, name, target)))
            .collect(),
        GardenResource | Resource | Full | Profile => select(value, pattern)
            .into_iter()
            .map(|(path, value)| (path.member("name"), by_fields(item, value, target)))
            .collect(),
    };
    let complete = |(path, reference): (Path, Option<Reference>)| {
        Some(Named {
            item,
            path,
            reference: reference?,
        })
    };
    places.into_iter().filter_map(complete).collect()
}

fn by_name(item: &Item<'_>, name: &str, target: Target) -> Option<Reference> {
    let (group, kind, namespace) = match target {
        GardenSecret => ("", "Secret", GARDEN),
        GardenConfigMap => ("", "ConfigMap", GARDEN),
        Beside(group, kind) => (group, kind, item.object.namespace()),
        Cluster(group, kind) => (group, kind, ""),
        GardenResource | Resource | Full | Profile => return None,
    };
    Some(reference(item, group, kind, namespace, name))
}

fn by_fields(item: &Item<'_>, value: &Value, target: Target) -> Option<Reference> {
    let text = |name: &str| {
        let text = value.get(name).and_then(Value::as_text)?;
        (!text.contains("${")).then_some(text)
    };
    let (kind, name) = (text("kind"), text("name")?);
    let group = text("apiVersion").and_then(|version| version.split_once('/'));
    let group = group.map_or("", |(group, _)| group);
    match target {
        GardenResource => Some(reference(item, group, kind?, GARDEN, name)),
        Resource => Some(reference(item, group, kind?, item.object.namespace(), name)),
        Full => {
            let namespace = text("namespace").unwrap_or_else(|| item.object.namespace());
            Some(reference(item, group, kind.unwrap_or("Secret"), namespace, name))
        }
        Profile => {
            let kind = kind.unwrap_or("CloudProfile");
            let namespace = match kind {
                "NamespacedCloudProfile" => item.object.namespace(),
                _ => "",
            };
            Some(reference(item, CORE, kind, namespace, name))
        }
        GardenSecret | GardenConfigMap | Beside(..) | Cluster(..) => None,
    }
}

fn reference(item: &Item<'_>, group: &str, kind: &str, namespace: &str, name: &str) -> Reference {
    Reference {
        cluster: item.unit.cluster.clone(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}
