//! Names, labels and namespaces.

use super::super::Severity;
use super::super::path::Path;
use super::super::rule::Rule;
use super::super::schema::Scope;
use super::super::world::{Item, Sink, World};

/// Longest name, and longest part of one.
const NAME: usize = 253;
const LABEL: usize = 63;

pub(super) fn check(world: &World<'_>, sink: &mut Sink<'_>) {
    for item in &world.items {
        name(item, sink);
        labels(item, sink);
        namespace(world, item, sink);
    }
}

fn name(item: &Item<'_>, sink: &mut Sink<'_>) {
    let path = &["metadata", "name"];
    let Some(name) = item.text(path) else {
        if item.at(path).is_none() {
            let message = "the object has no name";
            sink.find(item, Rule::Name, Path::of(&["metadata"]), message);
        }
        return;
    };
    let kind = item.object.kind();
    let message = match (kind.group.as_str(), kind.kind.as_str()) {
        ("rbac.authorization.k8s.io", _) => {
            let is_bad = name.is_empty() || name.contains(['/', '%']);
            is_bad.then_some("a name must not contain / or %")
        }
        ("", "Namespace" | "Service") => (!is_label_name(name)).then_some(
            "a name here is up to 63 of a-z, 0-9 and -, and begins and ends with one of the first two",
        ),
        _ => (!is_subdomain(name)).then_some(
            "a name is up to 253 of a-z, 0-9, - and ., and begins and ends with one of the first two",
        ),
    };
    if let Some(message) = message {
        sink.find(item, Rule::Name, Path::of(path), message);
    }
}

fn is_label_name(text: &str) -> bool {
    let is_end = |character: Option<char>| {
        character.is_some_and(|character| character.is_ascii_lowercase() || character.is_ascii_digit())
    };
    text.len() <= LABEL
        && is_end(text.chars().next())
        && is_end(text.chars().next_back())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= NAME
        && text
            .split('.')
            .all(|part| is_label_name(part) || (part.len() > LABEL && is_long(part)))
}

/// Parts of a name may be longer than those of a host.
fn is_long(part: &str) -> bool {
    part.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !part.starts_with('-')
        && !part.ends_with('-')
}

fn labels(item: &Item<'_>, sink: &mut Sink<'_>) {
    let labels = item
        .at(&["metadata", "labels"])
        .and_then(|labels| labels.as_map());
    for (key, value) in labels.into_iter().flatten() {
        let Some(text) = value.as_text().filter(|text| !text.contains("${")) else {
            continue;
        };
        if !is_label_value(text) {
            let message = "a label's value is up to 63 letters, digits, -, _ and ., and begins and ends with one of the first two";
            sink.find(
                item,
                Rule::Name,
                Path::of(&["metadata", "labels"]).member(key),
                message,
            );
        }
    }
}

fn is_label_value(text: &str) -> bool {
    let is_end =
        |character: Option<char>| character.is_none_or(|character| character.is_ascii_alphanumeric());
    text.len() <= LABEL
        && is_end(text.chars().next())
        && is_end(text.chars().next_back())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn namespace(world: &World<'_>, item: &Item<'_>, sink: &mut Sink<'_>) {
    let kind = item.object.kind();
    let Some(known) = world.facts.schemas.kind(&kind.api_version(), &kind.kind) else {
        return;
    };
    let path = Path::of(&["metadata", "namespace"]);
    match (known.scope, item.object.namespace()) {
        (Scope::Cluster, namespace) if !namespace.is_empty() => {
            let message = format!("a {} belongs to no namespace", kind.kind);
            sink.find(item, Rule::NamespaceForbidden, path, message);
        }
        (Scope::Namespaced, "") if !item.unit.has_namespace => {
            let message = format!("a {} belongs to a namespace, and none is named", kind.kind);
            sink.find(item, Rule::NamespaceMissing, path, message);
            // A folder that was named by hand may be meant for an overlay that says it.
            if let Some(finding) = sink.findings.last_mut().filter(|_| item.unit.is_plain) {
                finding.severity = Severity::Warning;
            }
        }
        _ => {}
    }
}
