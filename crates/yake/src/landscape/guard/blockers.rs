//! What stands on an object: as long as it does, the object stays.

use serde_json::Value;

use super::named::names;
use crate::landscape::observed::Observed;

const CORE: &str = "core.gardener.cloud";
const OPERATOR: &str = "operator.gardener.cloud";
const SECURITY: &str = "security.gardener.cloud";
const SEEDS: &str = "seedmanagement.gardener.cloud";

/// Why an object has to stay, by what else there is.
pub(super) fn of<'a>(object: Observed<'_>, others: impl IntoIterator<Item = &'a Value>) -> Vec<String> {
    let others: Vec<Observed<'_>> = others.into_iter().map(Observed::new).collect();
    let (name, kind) = (object.name(), object.kind());
    let reasons = match (object.group(), kind) {
        (SEEDS, "ManagedSeed" | "Gardenlet") | (CORE, "Seed") => shoots(&others, "on this seed", |shoot| {
            seeds_of(shoot).any(|seed| seed == name)
        }),
        (CORE, "Shoot") => seeds_made_of(object, &others),
        (CORE, "CloudProfile") => shoots(&others, "with this profile", |shoot| {
            profile_of(shoot) == Some(name)
        }),
        (CORE, "Project") => {
            let namespace = object.text("/spec/namespace");
            shoots(&others, "in this project", |shoot| shoot.namespace() == namespace)
        }
        (SECURITY, "CredentialsBinding") => bound(object, &others, "/spec/credentialsBindingName"),
        (CORE, "SecretBinding") => bound(object, &others, "/spec/secretBindingName"),
        (OPERATOR, "Extension") => required(object),
        (OPERATOR, "Garden") => present(
            &others,
            &[(CORE, "Shoot"), (SEEDS, "ManagedSeed"), (CORE, "Seed")],
        ),
        ("", "Namespace") if name == "garden" => present(&others, &[(OPERATOR, "Garden")]),
        ("", "Secret" | "ConfigMap") => naming(object, &others),
        _ => Vec::new(),
    };
    reasons
        .into_iter()
        .map(|reason| format!("{kind} {name}: {reason}"))
        .collect()
}

fn shoots(others: &[Observed<'_>], how: &str, stands: impl Fn(Observed<'_>) -> bool) -> Vec<String> {
    let shoots = others
        .iter()
        .filter(|other| is(**other, CORE, "Shoot") && stands(**other));
    let names: Vec<String> = shoots.map(|shoot| full_name(*shoot)).collect();
    match names.as_slice() {
        [] => Vec::new(),
        [one] => vec![format!("1 shoot runs {how}: {one}")],
        several => vec![format!(
            "{} shoots run {how}: {}",
            several.len(),
            several.join(", ")
        )],
    }
}

/// The seed that a shoot shall be on, and the one that it still is on while it moves.
fn seeds_of(shoot: Observed<'_>) -> impl Iterator<Item = &str> {
    let pointers = ["/spec/seedName", "/status/seedName"];
    pointers
        .into_iter()
        .filter_map(move |pointer| shoot.text(pointer))
}

fn profile_of(shoot: Observed<'_>) -> Option<&str> {
    let is_of_project = shoot.text("/spec/cloudProfile/kind") == Some("NamespacedCloudProfile");
    let named = shoot.text("/spec/cloudProfile/name").filter(|_| !is_of_project);
    named.or_else(|| shoot.text("/spec/cloudProfileName").filter(|_| !is_of_project))
}

fn seeds_made_of(shoot: Observed<'_>, others: &[Observed<'_>]) -> Vec<String> {
    let seeds = others.iter().filter(|other| {
        is(**other, SEEDS, "ManagedSeed")
            && other.namespace() == shoot.namespace()
            && other.text("/spec/shoot/name") == Some(shoot.name())
    });
    seeds
        .map(|seed| format!("ManagedSeed {} is made of it: remove that first", seed.name()))
        .collect()
}

fn bound(binding: Observed<'_>, others: &[Observed<'_>], pointer: &str) -> Vec<String> {
    shoots(others, "with it", |shoot| {
        shoot.namespace() == binding.namespace() && shoot.text(pointer) == Some(binding.name())
    })
}

fn required(extension: Observed<'_>) -> Vec<String> {
    let conditions = extension.list("/status/conditions");
    let text = |condition: &Value, key: &str| condition.get(key).and_then(Value::as_str).map(str::to_owned);
    conditions
        .filter_map(|condition| {
            let kind = text(condition, "type")?;
            let is_true = text(condition, "status").as_deref() == Some("True");
            let message = text(condition, "message").unwrap_or_else(|| "it is required".to_owned());
            (is_true && kind.starts_with("Required")).then(|| format!("{kind}: {message}"))
        })
        .collect()
}

fn present(others: &[Observed<'_>], kinds: &[(&str, &str)]) -> Vec<String> {
    let there = others
        .iter()
        .filter(|other| kinds.contains(&(other.group(), other.kind())));
    there
        .map(|other| format!("{} {} is still there", other.kind(), full_name(*other)))
        .collect()
}

/// Who names a Secret or `ConfigMap`. Gardens and Extensions belong to no namespace and name those in `garden`.
fn naming(named: Observed<'_>, others: &[Observed<'_>]) -> Vec<String> {
    let names_it = |other: &&Observed<'_>| {
        let namespace = match (other.group(), other.kind()) {
            (OPERATOR, "Garden" | "Extension") => Some("garden"),
            (SECURITY, "CredentialsBinding") => other.text("/credentialsRef/namespace").or(other.namespace()),
            (CORE, "SecretBinding") => other.text("/secretRef/namespace").or(other.namespace()),
            _ => return false,
        };
        let all = names(other.object());
        namespace == named.namespace()
            && all
                .iter()
                .any(|(kind, name)| (*kind, name.as_str()) == (named.kind(), named.name()))
    };
    others
        .iter()
        .filter(names_it)
        .map(|other| {
            format!(
                "{} {} names it: remove that first",
                other.kind(),
                full_name(*other)
            )
        })
        .collect()
}

fn is(object: Observed<'_>, group: &str, kind: &str) -> bool {
    (object.group(), object.kind()) == (group, kind)
}

fn full_name(object: Observed<'_>) -> String {
    match object.namespace() {
        Some(namespace) => format!("{namespace}/{}", object.name()),
        None => object.name().to_owned(),
    }
}
