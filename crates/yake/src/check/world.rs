//! All objects of a landscape at once, as the rules see them, and the place where they put what they find.

use std::collections::{BTreeSet, HashMap};

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
    /// Places of objects by group and kind.
    by_kind: HashMap<(String, String), Vec<usize>>,
    /// Places of objects by what others name them.
    by_name: HashMap<Reference, usize>,
}

impl<'a> World<'a> {
    /// All objects, found by kind and by name from then on.
    pub(super) fn new(items: Vec<Item<'a>>, facts: &'a Facts, versions: Option<&'a Versions>) -> Self {
        let mut by_kind: HashMap<(String, String), Vec<usize>> = HashMap::new();
        let mut by_name = HashMap::new();
        for (place, item) in items.iter().enumerate() {
            let kind = item.object.kind();
            by_kind
                .entry((kind.group.clone(), kind.kind.clone()))
                .or_default()
                .push(place);
            let name = Reference {
                cluster: item.unit.cluster.clone(),
                group: kind.group,
                kind: kind.kind,
                namespace: item.object.namespace().to_owned(),
                name: item.object.name().to_owned(),
            };
            by_name.entry(name).or_insert(place);
        }
        Self {
            items,
            facts,
            versions,
            by_kind,
            by_name,
        }
    }

    /// Objects of a kind.
    pub(super) fn of(&self, group: &str, kind: &str) -> impl Iterator<Item = &Item<'a>> {
        let places = self.by_kind.get(&(group.to_owned(), kind.to_owned()));
        let places = places.map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.items.get(*place))
    }

    /// It is in Git, or in the cluster.
    pub(super) fn has(&self, wanted: &Reference) -> bool {
        self.facts.existing.contains(wanted) || self.by_name.contains_key(wanted)
    }

    /// The object that is meant, if it is in Git.
    pub(super) fn in_git(&self, wanted: &Reference) -> Option<&Item<'a>> {
        self.items.get(*self.by_name.get(wanted)?)
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
