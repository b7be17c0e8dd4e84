//! References to objects whose names changed.

use std::collections::{BTreeSet, HashMap};

use super::super::field_spec::{FieldSpec, words_of_kind};
use super::super::identity::{Identity, Kind};
use super::super::object::Object;
use super::super::value::Value;

/// Lines `group version kind` of the one that is referred to, then the place.
const TABLE: &str = include_str!("../tables/name_references.txt");

/// A place that names an object of a kind.
struct Reference {
    target: Kind,
    place: FieldSpec,
}

/// What a reference needs to know of an object.
struct Candidate {
    now: Identity,
    previous: Vec<Identity>,
    name: String,
    namespace: String,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

impl Candidate {
    fn of(object: &Object) -> Self {
        Self {
            now: object.identity(),
            previous: object.previous.clone(),
            name: object.name().to_owned(),
            namespace: object.namespace().to_owned(),
            prefixes: object.prefixes.clone(),
            suffixes: object.suffixes.clone(),
        }
    }

    fn original(&self) -> &Identity {
        self.previous.first().unwrap_or(&self.now)
    }
}

/// Lets every reference follow the object that it means.
pub(crate) fn follow(objects: &mut [Object]) -> Result<(), String> {
    let candidates: Vec<Candidate> = objects.iter().map(Candidate::of).collect();
    if candidates.iter().all(|candidate| candidate.previous.is_empty()) {
        return Ok(());
    }
    let references: Vec<Reference> = TABLE.lines().filter_map(reference).collect();
    let index = Index::of(&candidates);
    for (object, referrer) in objects.iter_mut().zip(&candidates) {
        let kind = object.kind();
        let reach = Reach::of(object, referrer);
        let role = role_of(&object.value);
        for Reference { target, place } in &references {
            if !referrer.original().kind.is_selected_by(&place.kind) {
                continue;
            }
            let place = FieldSpec {
                kind: Kind::default(),
                ..place.clone()
            };
            let is_role = place.path.iter().map(String::as_str).eq(["roleRef", "name"]);
            let search = Search {
                referrer,
                target,
                role: role.as_ref().filter(|_| is_role),
                index: &index,
                reach: &reach,
            };
            place
                .visit(&kind, &mut object.value, &Value::Null, &mut |value| {
                    search.set(value)
                })
                .map_err(|problem| format!("{} at {}: {problem}", referrer.now, place.path.join(".")))?;
        }
    }
    Ok(())
}

fn reference(line: &str) -> Option<Reference> {
    let mut words = line.splitn(4, ' ');
    let target = words_of_kind(&mut words)?;
    let place = FieldSpec::table(words.next()?).pop()?;
    Some(Reference { target, place })
}

/// Candidates by what a reference knows of them.
struct Index<'a> {
    by_name: HashMap<&'a str, Vec<&'a Candidate>>,
    by_original_namespace: HashMap<&'a str, Vec<&'a Candidate>>,
}

impl<'a> Index<'a> {
    fn of(candidates: &'a [Candidate]) -> Self {
        let mut index = Self {
            by_name: HashMap::new(),
            by_original_namespace: HashMap::new(),
        };
        for candidate in candidates {
            let names: BTreeSet<&str> = candidate.previous.iter().map(|id| id.name.as_str()).collect();
            for name in names {
                index.by_name.entry(name).or_default().push(candidate);
            }
            let namespace = candidate.original().namespace.as_str();
            index
                .by_original_namespace
                .entry(namespace)
                .or_default()
                .push(candidate);
        }
        index
    }

    /// Those that had the name.
    fn named(&self, name: &str) -> impl Iterator<Item = &'a Candidate> {
        self.by_name.get(name).into_iter().flatten().copied()
    }

    /// Those that were in the namespace.
    fn originally_in(&self, namespace: &str) -> impl Iterator<Item = &'a Candidate> {
        self.by_original_namespace
            .get(namespace)
            .into_iter()
            .flatten()
            .copied()
    }
}

/// What an object can refer to: objects of other namespaces cannot be meant, but by bindings that name them.
struct Reach<'a> {
    referrer: &'a Identity,
    bound: Vec<String>,
}

impl<'a> Reach<'a> {
    fn of(object: &Object, referrer: &'a Candidate) -> Self {
        Self {
            referrer: &referrer.now,
            bound: bound_namespaces(object),
        }
    }

    fn holds(&self, candidate: &Candidate) -> bool {
        self.referrer.is_cluster_scoped()
            || candidate.now.is_cluster_scoped()
            || candidate.now.namespace == self.referrer.namespace
            || self.bound.contains(&candidate.namespace)
    }
}

fn bound_namespaces(object: &Object) -> Vec<String> {
    if object.kind().kind != "RoleBinding" {
        return Vec::new();
    }
    let subjects = object
        .value
        .get("subjects")
        .and_then(Value::as_list)
        .unwrap_or_default();
    let of_accounts = subjects
        .iter()
        .filter(|subject| subject.get("kind").and_then(Value::as_text) == Some("ServiceAccount"));
    of_accounts
        .filter_map(|subject| Some(subject.get("namespace")?.as_text()?.to_owned()))
        .collect()
}

fn role_of(value: &Value) -> Option<Kind> {
    let text = |name: &str| Some(value.at(&["roleRef", name])?.as_text()?.to_owned());
    Some(Kind {
        group: text("apiGroup")?,
        version: String::new(),
        kind: text("kind")?,
    })
}

struct Search<'a> {
    referrer: &'a Candidate,
    target: &'a Kind,
    role: Option<&'a Kind>,
    index: &'a Index<'a>,
    reach: &'a Reach<'a>,
}

impl<'a> Search<'a> {
    fn set(&self, value: &mut Value) -> Result<(), String> {
        match value {
            Value::List(list) => list.iter_mut().try_for_each(|entry| self.set(entry)),
            Value::Map(map) => {
                let old = map
                    .get("name")
                    .and_then(Value::scalar)
                    .ok_or("there is no name")?;
                let namespace = map.get("namespace").and_then(Value::scalar);
                let is_same = |one: &Candidate, other: &Candidate| {
                    one.name == other.name && one.namespace == other.namespace
                };
                if let Some(found) = self.find(&old, namespace.as_deref(), is_same)? {
                    map.insert("name".to_owned(), Value::text(&found.name));
                    if !found.namespace.is_empty() {
                        map.insert("namespace".to_owned(), Value::text(&found.namespace));
                    }
                }
                Ok(())
            }
            Value::Null => Ok(()),
            scalar => {
                let old = scalar.scalar().unwrap_or_default();
                let found = self.find(&old, None, |one, other| one.name == other.name)?;
                if let Some(found) = found.filter(|found| found.name != old) {
                    *scalar = Value::text(&found.name);
                }
                Ok(())
            }
        }
    }

    /// Objects that had the name and are in the namespace that stands beside it: what was in it, else what is.
    fn named(&self, old: &str, namespace: Option<&str>) -> Vec<&'a Candidate> {
        let named = self.index.named(old).filter(|one| self.reach.holds(one));
        let Some(namespace) = namespace else {
            return named.collect();
        };
        let mut were = self.index.originally_in(namespace);
        if were.any(|one| self.reach.holds(one)) {
            named
                .filter(|one| one.original().namespace == namespace)
                .collect()
        } else {
            named.filter(|one| one.now.namespace == namespace).collect()
        }
    }

    fn find(
        &self,
        old: &str,
        namespace: Option<&str>,
        is_same: fn(&Candidate, &Candidate) -> bool,
    ) -> Result<Option<&'a Candidate>, String> {
        let mut found = self.named(old, namespace);
        found.retain(|one| self.is_meant(one));
        if found.len() > 1 || found.is_empty() {
            found.retain(|one| affixes_agree(self.referrer, one, Empty::Agrees));
        }
        if found.len() > 1 {
            found.retain(|one| affixes_agree(self.referrer, one, Empty::Differs));
        }
        match found.as_slice() {
            [] => Ok(None),
            [first, rest @ ..] if rest.iter().all(|other| is_same(first, other)) => Ok(Some(first)),
            several => {
                let names: Vec<String> = several.iter().map(|one| one.now.to_string()).collect();
                Err(format!("{old:?} may mean any of {}", names.join(", ")))
            }
        }
    }

    fn is_meant(&self, one: &Candidate) -> bool {
        let is_of_kind = |kind: &Kind| one.previous.iter().any(|id| id.kind.is_selected_by(kind));
        let referrer = &self.referrer.now;
        is_of_kind(self.target)
            && self.role.is_none_or(is_of_kind)
            && (referrer.is_cluster_scoped()
                || one.now.is_cluster_scoped()
                || one.now.kind.kind == "ServiceAccount"
                || referrer.namespace == one.now.namespace)
    }
}

/// Whether an object without prefixes agrees with one that has some.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    Agrees,
    Differs,
}

fn affixes_agree(left: &Candidate, right: &Candidate, empty: Empty) -> bool {
    ends_agree(&left.prefixes, &right.prefixes, empty) && ends_agree(&left.suffixes, &right.suffixes, empty)
}

fn ends_agree(left: &[String], right: &[String], empty: Empty) -> bool {
    if left.is_empty() || right.is_empty() {
        return empty == Empty::Agrees || left.len() == right.len();
    }
    left.ends_with(right) || right.ends_with(left)
}
