//! Places in objects by a pattern: `spec.dns.providers[*].secretRef.name`.

use super::path::{Path, Step};
use crate::build::Value;

/// All places of an object that a pattern means, with what is there.
pub(super) fn select<'a>(value: &'a Value, pattern: &str) -> Vec<(Path, &'a Value)> {
    let mut found = vec![(Path::root(), value)];
    for part in pattern.split('.') {
        let (name, is_list) = match part.strip_suffix("[*]") {
            Some(name) => (name, true),
            None => (part, false),
        };
        found = found
            .into_iter()
            .filter_map(|(path, value)| Some((path.member(name), value.get(name)?)))
            .collect();
        if is_list {
            found = found.into_iter().flat_map(entries).collect();
        }
    }
    found
}

/// The texts that a pattern leads to, but those that only variables make.
pub(super) fn texts<'a>(value: &'a Value, pattern: &str) -> Vec<(Path, &'a str)> {
    let text = |(path, value): (Path, &'a Value)| Some((path, value.as_text()?));
    select(value, pattern)
        .into_iter()
        .filter_map(text)
        .filter(|(_, text)| !text.contains("${"))
        .collect()
}

fn entries((path, value): (Path, &Value)) -> Vec<(Path, &Value)> {
    let list = value.as_list().unwrap_or_default();
    let entry = |(index, value)| {
        let mut path = path.clone();
        path.push(Step::Entry(index));
        (path, value)
    };
    list.iter().enumerate().map(entry).collect()
}
