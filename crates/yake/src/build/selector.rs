//! Which objects a patch or a replacement means.

use regex::Regex;

use super::identity::{Identity, Kind};
use super::kustomization::Selector;
use super::object::Object;

/// A selector whose patterns are understood.
#[derive(Debug)]
pub(crate) struct Matcher {
    kind: [Option<Regex>; 3],
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

impl Matcher {
    /// Reads the patterns; the error says which is none.
    pub(crate) fn new(selector: &Selector) -> Result<Self, String> {
        Ok(Self {
            kind: [
                pattern(&selector.group)?,
                pattern(&selector.version)?,
                pattern(&selector.kind)?,
            ],
            name: pattern(&selector.name)?,
            namespace: pattern(&selector.namespace)?,
            labels: requirements(&selector.label_selector)?,
            annotations: requirements(&selector.annotation_selector)?,
        })
    }

    /// A patch is meant for this object: its old or its new name counts.
    pub(crate) fn selects(&self, object: &Object) -> bool {
        let (now, original) = (object.identity(), object.original());
        self.fits_kind(&now.kind)
            && (fits(self.name.as_ref(), &now.name) || fits(self.name.as_ref(), &original.name))
            && (fits(self.namespace.as_ref(), &now.namespace)
                || fits(self.namespace.as_ref(), &original.namespace))
            && self.fits_pairs(object)
    }

    /// Labels and annotations are as asked for.
    pub(crate) fn fits_pairs(&self, object: &Object) -> bool {
        let all = |requirements: &[Requirement], of: &str| {
            let pairs = object.pairs(of);
            requirements.iter().all(|requirement| requirement.holds(&pairs))
        };
        all(&self.labels, "labels") && all(&self.annotations, "annotations")
    }

    /// Something is asked of labels or annotations.
    pub(crate) fn has_pairs(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }

    /// Kind, name and namespace are as asked for.
    pub(crate) fn fits_identity(&self, identity: &Identity) -> bool {
        self.fits_kind(&identity.kind)
            && fits(self.name.as_ref(), &identity.name)
            && fits(self.namespace.as_ref(), &identity.namespace)
    }

    fn fits_kind(&self, kind: &Kind) -> bool {
        let [group, version, name] = &self.kind;
        fits(group.as_ref(), &kind.group)
            && fits(version.as_ref(), &kind.version)
            && fits(name.as_ref(), &kind.kind)
    }
}

fn fits(pattern: Option<&Regex>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(text))
}

fn pattern(text: &str) -> Result<Option<Regex>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    Regex::new(&format!("^(?:{text})$"))
        .map(Some)
        .map_err(|_| format!("{text:?} is no regular expression"))
}

/// One condition on labels.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
}

impl Requirement {
    fn holds(&self, pairs: &[(&str, String)]) -> bool {
        let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        match self {
            Self::In(name, values) => value(name).is_some_and(|value| values.contains(value)),
            Self::NotIn(name, values) => value(name).is_none_or(|value| !values.contains(value)),
            Self::Exists(name) => value(name).is_some(),
            Self::Missing(name) => value(name).is_none(),
        }
    }
}

fn requirements(text: &str) -> Result<Vec<Requirement>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = end_of_requirement(rest);
        let (one, tail) = rest.split_at(end);
        found.push(requirement(one.trim())?);
        rest = tail.trim_start_matches(',').trim_start();
    }
    Ok(found)
}

/// A comma ends a requirement, unless it stands in brackets.
fn end_of_requirement(text: &str) -> usize {
    let mut depth = 0_u32;
    for (index, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => return index,
            _ => {}
        }
    }
    text.len()
}

fn requirement(text: &str) -> Result<Requirement, String> {
    let one = |name: &str, value: &str| (name.trim().to_owned(), vec![value.trim().to_owned()]);
    if let Some((name, value)) = text.split_once("!=") {
        let (name, values) = one(name, value);
        return Ok(Requirement::NotIn(name, values));
    }
    if let Some((name, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        let (name, values) = one(name, value);
        return Ok(Requirement::In(name, values));
    }
    if let Some(list) = text.strip_suffix(')') {
        let (head, values) = list.split_once('(').ok_or_else(|| wrong(text))?;
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let mut words = head.split_whitespace();
        return match (words.next(), words.next()) {
            (Some(name), Some("in")) => Ok(Requirement::In(name.to_owned(), values)),
            (Some(name), Some("notin")) => Ok(Requirement::NotIn(name.to_owned(), values)),
            _ => Err(wrong(text)),
        };
    }
    match text.strip_prefix('!') {
        Some(name) => Ok(Requirement::Missing(name.trim().to_owned())),
        None if text.contains(char::is_whitespace) => Err(wrong(text)),
        None => Ok(Requirement::Exists(text.to_owned())),
    }
}

fn wrong(text: &str) -> String {
    format!("{text:?} is no selector of labels")
}
