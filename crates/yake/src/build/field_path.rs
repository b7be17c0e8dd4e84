//! Paths of replacements: names, indexes, `[key=value]` and `*`.

use regex::Regex;

use super::field_spec::split;
use super::value::{Map, Value};

/// A part of a path.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// A member, or an entry by its number.
    Name(String),
    /// Entries whose member fits a pattern.
    Entry(String, Regex, String),
    /// All entries.
    Every,
}

/// Reads a path; dots in brackets and behind a backslash belong to the name.
pub(crate) fn parse(path: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut open: Option<String> = None;
    for piece in split(path, '.') {
        let piece = match open.take() {
            Some(begun) => format!("{begun}.{piece}"),
            None => piece,
        };
        if piece.starts_with('[') && !piece.ends_with(']') {
            open = Some(piece);
        } else {
            parts.push(part(&piece)?);
        }
    }
    match open {
        Some(open) => Err(format!("{open:?} has no ]")),
        None => Ok(parts),
    }
}

fn part(text: &str) -> Result<Part, String> {
    if text == "*" {
        return Ok(Part::Every);
    }
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let Some(inner) = inner else {
        return Ok(Part::Name(text.to_owned()));
    };
    match inner.split_once('=') {
        Some((name, value)) => {
            let pattern = Regex::new(value).map_err(|_| format!("{value:?} is no pattern"))?;
            Ok(Part::Entry(name.to_owned(), pattern, value.to_owned()))
        }
        None => Ok(Part::Name(inner.to_owned())),
    }
}

/// The names at the beginning of a path.
pub(crate) fn names(path: &[Part]) -> impl Iterator<Item = &str> {
    path.iter().map_while(|part| match part {
        Part::Name(name) => Some(name.as_str()),
        Part::Entry(..) | Part::Every => None,
    })
}

/// The value at the end of a path that has one end.
pub(crate) fn get<'a>(value: &'a Value, path: &[Part]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, part| match (part, value) {
        (Part::Name(name), Value::Map(map)) => map.get(name),
        (Part::Name(name), Value::List(list)) => list.get(name.parse::<usize>().ok()?),
        (Part::Entry(name, pattern, _), Value::List(list)) => {
            list.iter().find(|entry| fits(entry, name, pattern))
        }
        _ => None,
    })
}

fn fits(entry: &Value, name: &str, pattern: &Regex) -> bool {
    let value = if name.is_empty() {
        Some(entry)
    } else {
        entry.get(name)
    };
    value
        .and_then(Value::scalar)
        .is_some_and(|text| pattern.is_match(&text))
}

/// Whether what is missing on the way is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Create {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// Calls `change` with every value at the end of the path; says how many there were.
pub(crate) fn visit(
    value: &mut Value,
    path: &[Part],
    create: Create,
    change: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Result<usize, String> {
    let Some((part, rest)) = path.split_first() else {
        change(value)?;
        return Ok(1);
    };
    if create == Create::Yes && matches!(value, Value::Null) {
        *value = match part {
            Part::Name(name) if name.parse::<usize>().is_err() => Value::Map(Map::new()),
            _ => Value::List(Vec::new()),
        };
    }
    match (part, value) {
        (Part::Name(name), Value::Map(map)) => {
            if create == Create::Yes {
                map.entry(name.clone()).or_insert(Value::Null);
            }
            match map.get_mut(name) {
                Some(member) => visit(member, rest, create, change),
                None => Ok(0),
            }
        }
        (Part::Name(name), Value::List(list)) => {
            let index: usize = name
                .parse()
                .map_err(|_| format!("{name:?} is no number of an entry"))?;
            if index == list.len() && create == Create::Yes {
                list.push(Value::Null);
            }
            let length = list.len();
            let entry = list.get_mut(index);
            visit(
                entry.ok_or_else(|| format!("there is no entry {index} in a list of {length}"))?,
                rest,
                create,
                change,
            )
        }
        (Part::Entry(name, pattern, text), Value::List(list)) => {
            if create == Create::Yes && !list.iter().any(|entry| fits(entry, name, pattern)) {
                list.push(if name.is_empty() {
                    Value::text(text)
                } else {
                    Value::Map(Map::from([(name.clone(), Value::text(text))]))
                });
            }
            list.iter_mut()
                .filter(|entry| fits(entry, name, pattern))
                .try_fold(0, |count, entry| Ok(count + visit(entry, rest, create, change)?))
        }
        (Part::Every, Value::List(list)) => list
            .iter_mut()
            .try_fold(0, |count, entry| Ok(count + visit(entry, rest, create, change)?)),
        (_, Value::Text(..)) => Err("leads into a text; structured text is not supported".to_owned()),
        _ => Ok(0),
    }
}
