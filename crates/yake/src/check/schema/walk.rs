//! An object held against the schema of its kind: every field that is not known, not of its kind, missing.

use std::collections::{BTreeMap, BTreeSet};

use common::config::did_you_mean;

use super::matching::{self, Broken};
use super::{Additional, Schema, Schemas, Type};
use crate::build::{Map, Value};
use crate::check::path::{Path, Step};
use crate::check::rule::Rule;

/// How many definitions may refer to each other before a value is reached.
const HOPS: usize = 32;

/// Something that a schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct Violation {
    pub(in crate::check) rule: Rule,
    pub(in crate::check) path: Path,
    pub(in crate::check) message: String,
    pub(in crate::check) hint: Option<String>,
}

/// All that a schema does not allow of a value. Messages never repeat a value.
pub(in crate::check) fn violations(schemas: &Schemas, schema: &Schema, value: &Value) -> Vec<Violation> {
    let mut walk = Walk {
        schemas,
        path: Path::root(),
        above: Vec::new(),
        found: Vec::new(),
    };
    walk.value(value, &[schema]);
    walk.found
}

struct Walk<'a> {
    schemas: &'a Schemas,
    path: Path,
    /// The properties of all objects above, from the root.
    above: Vec<BTreeSet<&'a str>>,
    found: Vec<Violation>,
}

impl<'a> Walk<'a> {
    fn find(&mut self, rule: Rule, message: impl Into<String>, hint: Option<String>) {
        self.found.push(Violation {
            rule,
            path: self.path.clone(),
            message: message.into(),
            hint,
        });
    }

    fn below(&mut self, step: Step, value: &Value, schemas: &[&'a Schema]) {
        self.path.push(step);
        self.value(value, schemas);
        self.path.pop();
    }

    fn value(&mut self, value: &Value, schemas: &[&'a Schema]) {
        let parts = self.parts(schemas);
        if let Some(Broken::Type(message)) = parts.iter().find_map(|part| matching::kind(part, value).err()) {
            self.find(Rule::WrongType, message, None);
            return;
        }
        for part in &parts {
            for broken in matching::content(part, value) {
                self.broken(broken);
            }
            self.alternatives(part, value);
        }
        match value {
            Value::Map(map) => self.members(map, &parts),
            Value::List(list) => self.entries(list, &parts),
            _ => {}
        }
    }

    /// A schema, what it refers to, and all that must hold besides.
    fn parts(&self, schemas: &[&'a Schema]) -> Vec<&'a Schema> {
        let mut parts = Vec::new();
        let mut waiting: Vec<(&'a Schema, usize)> = schemas.iter().map(|schema| (*schema, 0)).collect();
        while let Some((schema, hops)) = waiting.pop() {
            if hops > HOPS {
                continue;
            }
            let named = schema.reference.as_ref();
            let named = named.and_then(|name| self.schemas.definition(name));
            waiting.extend(named.map(|named| (named, hops + 1)));
            waiting.extend(schema.all_of.iter().map(|schema| (schema, hops + 1)));
            parts.push(schema);
        }
        parts
    }

    fn broken(&mut self, broken: Broken) {
        let (rule, message) = match broken {
            Broken::Type(message) => (Rule::WrongType, message),
            Broken::Enum(message) => (Rule::NotAllowed, message),
            Broken::Pattern(message) => (Rule::Pattern, message),
            Broken::Range(message) => (Rule::Range, message),
        };
        self.find(rule, message, None);
    }

    /// Alternatives say something about values only; fields are known by what stands beside them.
    fn alternatives(&mut self, schema: &'a Schema, value: &Value) {
        if matching::is_unknown(value) {
            return;
        }
        let fits = |one: &'a Schema| self.fits(one, value);
        let is_lost = !schema.any_of.is_empty() && !schema.any_of.iter().any(fits);
        let count = schema.one_of.iter().filter(|one| fits(one)).count();
        let is_ambiguous = !schema.one_of.is_empty() && count != 1;
        let is_excluded = schema.not.as_deref().is_some_and(fits);
        if is_lost || is_ambiguous || is_excluded {
            let message = "does not fit any of the alternatives that its schema has";
            self.find(Rule::NotAllowed, message, None);
        }
    }

    fn fits(&self, schema: &'a Schema, value: &Value) -> bool {
        let mut walk = Walk {
            schemas: self.schemas,
            path: Path::root(),
            above: Vec::new(),
            found: Vec::new(),
        };
        walk.value(value, &[schema]);
        walk.found.iter().all(|found| found.rule == Rule::UnknownField)
    }

    fn members(&mut self, map: &Map, parts: &[&'a Schema]) {
        let known = properties(parts);
        let is_object = |part: &&Schema| part.kind == Some(Type::Object) || !part.properties.is_empty();
        let is_closed = parts.iter().any(is_object) && !parts.iter().any(|part| is_open(part));
        let is_embedded = parts.iter().any(|part| part.is_embedded);
        self.required(map, parts, &known);
        self.above.push(known.keys().copied().collect());
        for (name, value) in map {
            let mut schemas = known.get(name.as_str()).cloned().unwrap_or_default();
            if schemas.is_empty() {
                schemas.extend(parts.iter().filter_map(|part| match &part.additional_properties {
                    Some(Additional::Schema(schema)) => Some(schema.as_ref()),
                    _ => None,
                }));
            }
            let is_header = is_embedded && matches!(name.as_str(), "apiVersion" | "kind" | "metadata");
            if schemas.is_empty() && is_closed && !is_header {
                self.unknown(name);
            } else if !schemas.is_empty() {
                self.below(Step::Member(name.clone()), value, &schemas);
            }
        }
        self.above.pop();
    }

    fn required(&mut self, map: &Map, parts: &[&'a Schema], known: &BTreeMap<&'a str, Vec<&'a Schema>>) {
        let wanted: BTreeSet<&str> = parts
            .iter()
            .flat_map(|part| part.required.iter().map(String::as_str))
            .collect();
        for name in wanted {
            let has_default = known
                .get(name)
                .is_some_and(|schemas| schemas.iter().any(|schema| schema.has_default));
            if !map.contains_key(name) && !has_default {
                let message = format!("the field {name:?} is missing");
                self.find(Rule::Required, message, None);
            }
        }
    }

    fn unknown(&mut self, name: &str) {
        let siblings = self.above.last().into_iter().flatten().copied();
        let hint = self.elsewhere(name).or_else(|| did_you_mean(name, siblings));
        self.path.push(Step::Member(name.to_owned()));
        let message = "this field does not exist; the API server would drop it in silence";
        self.find(Rule::UnknownField, message, hint);
        self.path.pop();
    }

    /// The field exists further up: it was put in too deep.
    fn elsewhere(&self, name: &str) -> Option<String> {
        let mut path = self.path.clone();
        for known in self.above.iter().rev().skip(1) {
            while path.is_at_entry() {
                path = path.parent();
            }
            path = path.parent();
            // What every object has is no hint.
            let is_header = matches!(name, "apiVersion" | "kind" | "metadata" | "spec" | "status");
            if known.contains(name) && !is_header {
                return Some(format!("it belongs to {}", path.member(name)));
            }
        }
        None
    }

    fn entries(&mut self, list: &[Value], parts: &[&'a Schema]) {
        let items: Vec<&'a Schema> = parts.iter().filter_map(|part| part.items.as_deref()).collect();
        for (index, value) in list.iter().enumerate() {
            self.below(Step::Entry(index), value, &items);
        }
        for part in parts {
            self.twice(list, part);
        }
    }

    /// Entries of a list that is a map or a set by nature.
    fn twice(&mut self, list: &[Value], schema: &Schema) {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for (index, value) in list.iter().enumerate() {
            let Some(key) = key(value, schema) else { continue };
            if !seen.insert(key) {
                self.path.push(Step::Entry(index));
                let message = match schema.list_keys.as_slice() {
                    [] => "is in the list already".to_owned(),
                    keys => format!("another entry has the same {}", keys.join(", ")),
                };
                self.find(Rule::DuplicateEntry, message, None);
                self.path.pop();
            }
        }
    }
}

fn key(value: &Value, schema: &Schema) -> Option<String> {
    match schema.list_type.as_deref() {
        Some("set") => value.scalar(),
        Some("map") => {
            // A key that is not given has its default, which is the same for all.
            let keys = schema.list_keys.iter().map(|key| value.get(key)?.scalar());
            let keys: Vec<String> = keys.map(Option::unwrap_or_default).collect();
            let is_given = schema.list_keys.iter().any(|key| value.get(key).is_some());
            is_given.then(|| keys.join("\u{0}"))
        }
        _ => None,
    }
}

fn properties<'a>(parts: &[&'a Schema]) -> BTreeMap<&'a str, Vec<&'a Schema>> {
    let mut known: BTreeMap<&str, Vec<&Schema>> = BTreeMap::new();
    for (name, schema) in parts.iter().flat_map(|part| &part.properties) {
        known.entry(name).or_default().push(schema);
    }
    known
}

fn is_open(schema: &Schema) -> bool {
    schema.is_open
        || matches!(
            schema.additional_properties,
            Some(Additional::Allowed(true) | Additional::Schema(_))
        )
}
