//! Places in objects that a transformer changes: a path, and the kinds that have it.

use super::identity::Kind;
use super::value::{Map, Value};

/// A place in objects of some kinds.
#[derive(Clone, Debug)]
pub(crate) struct FieldSpec {
    /// Names from the top; lists on the way are entered, whether marked by `[]` or not.
    pub(crate) path: Vec<String>,
    /// Kinds that have it; what is empty fits all.
    pub(crate) kind: Kind,
    /// Whether it is made where it is missing.
    pub(crate) missing: Missing,
}

/// What happens where a place is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It is made.
    Create,
    /// Nothing.
    Keep,
}

impl FieldSpec {
    /// A place in objects of every kind.
    pub(crate) fn anywhere(path: &str, missing: Missing) -> Self {
        Self::new(path, Kind::default(), missing)
    }

    /// A place in objects of a kind.
    pub(crate) fn new(path: &str, kind: Kind, missing: Missing) -> Self {
        Self {
            path: split(path, '/'),
            kind,
            missing,
        }
    }

    /// Reads a table: `path group version kind create|keep`, `-` for what fits all.
    pub(crate) fn table(text: &str) -> Vec<Self> {
        text.lines().filter_map(Self::line).collect()
    }

    fn line(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let path = words.next()?;
        let kind = words_of_kind(&mut words)?;
        let missing = match words.next()? {
            "create" => Missing::Create,
            _ => Missing::Keep,
        };
        Some(Self::new(path, kind, missing))
    }

    /// Calls `change` with every value at the place, if the kind fits. Where the place is missing and is to be made,
    /// that is `fresh`.
    pub(crate) fn visit<E>(
        &self,
        kind: &Kind,
        value: &mut Value,
        fresh: &Value,
        change: &mut dyn FnMut(&mut Value) -> Result<(), E>,
    ) -> Result<(), E> {
        if kind.is_selected_by(&self.kind) {
            walk(&self.path, self.missing, value, fresh, change)
        } else {
            Ok(())
        }
    }
}

/// Group, version and kind of a line of a table.
pub(crate) fn words_of_kind<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Kind> {
    let mut word = || {
        words
            .next()
            .map(|word| if word == "-" { "" } else { word }.to_owned())
    };
    Some(Kind {
        group: word()?,
        version: word()?,
        kind: word()?,
    })
}

/// Splits a path; the separator may stand in a name behind a backslash.
pub(crate) fn split(path: &str, separator: char) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut is_continued = false;
    for part in path.split(separator) {
        match parts.last_mut() {
            Some(last) if is_continued => {
                last.pop();
                last.push(separator);
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
        is_continued = part.ends_with('\\');
    }
    if parts.len() > 1 && parts.first().is_some_and(String::is_empty) {
        parts.remove(0);
    }
    parts
}

fn walk<E>(
    path: &[String],
    missing: Missing,
    value: &mut Value,
    fresh: &Value,
    change: &mut dyn FnMut(&mut Value) -> Result<(), E>,
) -> Result<(), E> {
    let Some((name, rest)) = path.split_first() else {
        return change(value);
    };
    match value {
        Value::List(list) => list
            .iter_mut()
            .try_for_each(|entry| walk(path, missing, entry, fresh, change)),
        Value::Map(map) => {
            // A list is entered, never made.
            let (name, here) = match name.strip_suffix("[]") {
                Some(name) => (name, Missing::Keep),
                None => (name.as_str(), missing),
            };
            let is_missing = map.get(name).is_none_or(|value| matches!(value, Value::Null));
            if is_missing && here == Missing::Keep {
                return Ok(());
            }
            if is_missing {
                let made = if rest.is_empty() {
                    fresh.clone()
                } else {
                    Value::Map(Map::new())
                };
                map.insert(name.to_owned(), made);
            }
            match map.get_mut(name) {
                Some(member) => walk(rest, missing, member, fresh, change),
                None => Ok(()),
            }
        }
        // What has no members has none to change.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(..) => Ok(()),
    }
}
