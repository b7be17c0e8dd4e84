//! All objects of a landscape at once, as the rules see them, and the place where they put what they find.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::path::Path;
use super::place::Places;
use super::rule::Rule;
use super::schema::Schemas;
use super::{Severity, Unit};
use crate::api::Versions;
use crate::build::{Object, Value};

/// Names rules, with commas, that an object breaks on purpose: what they find becomes a warning.
const ACCEPT: &str = "yake.alasca.cloud/accept";

/// An object that others may name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Which cluster, by the name that units give it.
    pub cluster: String,
    /// Group; empty for the core.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace; empty for kinds outside of any.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// What is known besides the files.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What fields may be.
    pub schemas: Schemas,
    /// Objects that a cluster has.
    pub existing: BTreeSet<Reference>,
    /// Kinds and types that the extensions of a cluster do.
    pub extensions: BTreeSet<(String, String)>,
}

/// An object of a unit.
pub(super) struct Item<'a> {
    pub(super) unit: &'a Unit,
    pub(super) object: &'a Object,
}

impl Item<'_> {
    /// A value by its path.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Value> {
        self.object.value.at(path)
    }

    /// A text by its path, if it is known without variables.
    pub(super) fn text(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_text().filter(|text| !text.contains("${"))
    }

    /// `Kind/name` or `Kind/namespace/name`.
    pub(super) fn title(&self) -> String {
        title(self.object)
    }

    fn accepts(&self, rule: Rule) -> bool {
        let accepted = self.text(&["metadata", "annotations", ACCEPT]).unwrap_or("");
        accepted.split(',').any(|id| id.trim() == rule.id())
    }
}

/// How an object is called in findings.
pub(super) fn title(object: &Object) -> String {
    let (kind, namespace, name) = (object.kind().kind, object.namespace(), object.name());
    if namespace.is_empty() {
        format!("{kind}/{name}")
    } else {
        format!("{kind}/{namespace}/{name}")
    }
}

/// All objects.
pub(super) struct World<'a> {
    pub(super) items: Vec<Item<'a>>,
    pub(super) facts: &'a Facts,
    pub(super) versions: Option<&'a Versions>,
}

impl<'a> World<'a> {
    /// Objects of a kind.
    pub(super) fn of(&self, group: &str, kind: &str) -> impl Iterator<Item = &Item<'a>> {
        self.items.iter().filter(move |item| {
            let is = item.object.kind();
            is.group == group && is.kind == kind
        })
    }

    /// It is in Git, or in the cluster.
    pub(super) fn has(&self, wanted: &Reference) -> bool {
        self.facts.existing.contains(wanted) || self.in_git(wanted).is_some()
    }

    /// The object that is meant, if it is in Git.
    pub(super) fn in_git(&self, wanted: &Reference) -> Option<&Item<'a>> {
        self.of(&wanted.group, &wanted.kind).find(|item| {
            item.unit.cluster == wanted.cluster
                && item.object.name() == wanted.name
                && item.object.namespace() == wanted.namespace
        })
    }
}

/// Takes what is found.
pub(super) struct Sink<'a> {
    pub(super) places: Places<'a>,
    pub(super) findings: Vec<Finding>,
}

impl Sink<'_> {
    /// Something about a field of an object.
    pub(super) fn find(&mut self, item: &Item<'_>, rule: Rule, path: Path, message: impl Into<String>) {
        self.find_with(item, rule, path, message, None);
    }

    /// The same with a way out.
    pub(super) fn find_with(
        &mut self,
        item: &Item<'_>,
        rule: Rule,
        path: Path,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let severity = if item.accepts(rule) {
            Severity::Warning
        } else {
            rule.severity()
        };
        self.findings.push(Finding {
            file: item.object.origin.file.clone(),
            line: self.places.line(item.object, &path),
            path,
            rule,
            severity,
            object: Some(item.title()),
            unit: Some(item.unit.name.clone()),
            message: message.into(),
            hint,
        });
    }
}
