//! Fields against the schemas of their kinds.

use super::super::path::Path;
use super::super::rule::Rule;
use super::super::schema::{Bundle, KindSchema, from_definition, violations};
use super::super::world::{Item, Sink, World};
use crate::build::{Map, Value};

/// Kinds that the repository itself defines.
pub(in crate::check) fn own_kinds(items: &[Item<'_>]) -> Bundle {
    let definitions = items.iter().filter(|item| {
        let kind = item.object.kind();
        kind.group == "apiextensions.k8s.io" && kind.kind == "CustomResourceDefinition"
    });
    let mut bundle = Bundle::default();
    for item in definitions {
        let value = serde_json::to_value(&item.object.value);
        let kinds = value.ok().and_then(|value| from_definition(&value).ok());
        bundle.kinds.extend(kinds.unwrap_or_default());
    }
    bundle
}

pub(super) fn check(world: &World<'_>, sink: &mut Sink<'_>) {
    for item in &world.items {
        let kind = item.object.kind();
        match world.facts.schemas.kind(&kind.api_version(), &kind.kind) {
            Some(known) => fields(world, item, known, sink),
            None => unknown(world, item, sink),
        }
    }
}

fn unknown(world: &World<'_>, item: &Item<'_>, sink: &mut Sink<'_>) {
    let kind = item.object.kind();
    let others: Vec<&str> = world
        .facts
        .schemas
        .kinds()
        .filter(|known| known.kind == kind.kind)
        .map(|known| known.api_version.as_str())
        .collect();
    let message = format!(
        "no schema is known for {} of {}; its fields are not checked",
        kind.kind,
        kind.api_version()
    );
    let hint = match others.as_slice() {
        [] => "put its CustomResourceDefinition into the repository, or name a cluster with --kubeconfig"
            .to_owned(),
        others => format!("{} is known in {}", kind.kind, others.join(", ")),
    };
    sink.find_with(item, Rule::UnknownKind, Path::of(&["kind"]), message, Some(hint));
}

fn fields(world: &World<'_>, item: &Item<'_>, known: &KindSchema, sink: &mut Sink<'_>) {
    let sealed = without_seal(&item.object.value);
    let value = sealed.as_ref().unwrap_or(&item.object.value);
    let kind = item.object.kind();
    let is_secret = kind.group.is_empty() && kind.kind == "Secret";
    for violation in violations(&world.facts.schemas, &known.schema, value) {
        // What is wrong with the content of Secrets is said elsewhere, in words of its own.
        let is_content = violation.path.starts_with(&["data"]) || violation.path.starts_with(&["stringData"]);
        if is_secret && is_content {
            continue;
        }
        if known.by_hand && violation.rule == Rule::UnknownField {
            let message = "this field is not in the list that is kept by hand; perhaps it does not exist";
            sink.find_with(item, Rule::UnlistedField, violation.path, message, violation.hint);
        } else {
            sink.find_with(
                item,
                violation.rule,
                violation.path,
                violation.message,
                violation.hint,
            );
        }
    }
}

/// The object without the block that encryption adds; none where there is no such block.
fn without_seal(value: &Value) -> Option<Value> {
    let map = value.as_map()?;
    map.get("sops")?.get("mac")?;
    let open: Map = map
        .iter()
        .filter(|(name, _)| *name != "sops")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Some(Value::Map(open))
}
