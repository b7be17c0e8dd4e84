//! How manifests are written: what readers would understand differently.

use std::collections::BTreeSet;

use super::super::finding::Finding;
use super::super::path::{Path, Step};
use super::super::rule::Rule;
use super::super::world::{Item, Sink, World};
use crate::build::{Lines, Tree};

/// Words that are truth values in YAML 1.1 and texts in 1.2.
const WORDS: [&str; 8] = ["y", "yes", "on", "n", "no", "off", "=", "<<"];

pub(super) fn check(tree: &Tree, world: &World<'_>, sink: &mut Sink<'_>) {
    let files: BTreeSet<&str> = world
        .items
        .iter()
        .map(|item| item.object.origin.file.as_str())
        .collect();
    for file in files {
        form(tree, file, sink);
    }
    let mut seen = BTreeSet::new();
    for item in &world.items {
        let origin = &item.object.origin;
        let Some(line) = origin.line.filter(|line| seen.insert((&origin.file, *line))) else {
            continue;
        };
        let documents = sink.places.documents(&origin.file);
        if let Some(document) = documents.iter().find(|document| document.line == line) {
            let mut path = Path::root();
            words(item, document, &mut path, sink);
        }
    }
}

fn form(tree: &Tree, file: &str, sink: &mut Sink<'_>) {
    let Ok(text) = tree.text(file) else { return };
    if text.starts_with('\u{feff}') {
        let message = "the file begins with a byte order mark";
        sink.findings
            .push(Finding::of_file(Rule::TextForm, file, Some(1), message));
    }
    let mut lines = text.split_inclusive('\n');
    if let Some(line) = lines.position(|line| line.ends_with("\r\n")) {
        let message = "lines end as on Windows";
        sink.findings
            .push(Finding::of_file(Rule::TextForm, file, Some(line + 1), message));
    }
}

fn words(item: &Item<'_>, value: &Lines, path: &mut Path, sink: &mut Sink<'_>) {
    if let Some(text) = &value.plain
        && let Some((rule, message)) = odd(text)
    {
        sink.find(item, rule, path.clone(), message);
        // The place in the file is known exactly, also where the build changed the object.
        if let Some(finding) = sink.findings.last_mut() {
            finding.line = Some(value.line);
        }
    }
    for (name, member) in &value.members {
        path.push(Step::Member(name.clone()));
        words(item, member, path, sink);
        path.pop();
    }
    for (index, entry) in value.entries.iter().enumerate() {
        path.push(Step::Entry(index));
        words(item, entry, path, sink);
        path.pop();
    }
}

fn odd(text: &str) -> Option<(Rule, &'static str)> {
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "" | "~" | "null" => Some((Rule::NullMember, "holds nothing and is left out")),
        word if WORDS.contains(&word) => {
            let message = "readers of YAML 1.1 take this word for something else than text; put it in quotes";
            Some((Rule::Yaml11Word, message))
        }
        _ if is_odd_number(text) => {
            let message = "readers of YAML 1.1 take this for a number; put it in quotes if it is text";
            Some((Rule::Yaml11Word, message))
        }
        _ => None,
    }
}

/// `12:30:00`, `1_000`, `0644`.
fn is_odd_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_of = |allowed: &str| {
        digits.starts_with(|first: char| first.is_ascii_digit())
            && digits
                .chars()
                .all(|character| character.is_ascii_digit() || allowed.contains(character))
    };
    let is_octal = digits.len() > 1 && digits.starts_with('0') && is_of("");
    let is_sexagesimal = digits.contains(':')
        && is_of(":")
        && digits
            .split(':')
            .skip(1)
            .all(|part| (1..=2).contains(&part.len()) && part < "60");
    let is_grouped = digits.contains('_') && is_of("_");
    is_sexagesimal || is_grouped || (is_octal && digits.bytes().any(|byte| byte > b'7'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_two_versions_read_differently_are_odd() {
        for text in ["on", "No", "YES", "=", "12:30", "1_000", "0899"] {
            assert_eq!(odd(text).map(|(rule, _)| rule), Some(Rule::Yaml11Word), "{text}");
        }
        for text in [
            "once",
            "true",
            "10",
            "0644",
            "10.0.0.0/8",
            "a:b",
            "2026-01-01",
            "12:99",
        ] {
            assert_eq!(odd(text), None, "{text}");
        }
        assert_eq!(odd("~").map(|(rule, _)| rule), Some(Rule::NullMember));
    }
}
