//! Secrets: in the clear, of the wrong type, waiting to be filled in. No value is ever repeated.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::secrets::{self, CreationRules, Format, Recipient};

use super::super::finding::Finding;
use super::super::path::{Path, Step};
use super::super::rule::Rule;
use super::super::world::{Item, Sink, World};
use crate::build::{Document, Tree, Value, join, read};

/// Begins what sops encrypted.
const SEALED: &str = "ENC[AES256_GCM,";

pub(super) fn check(tree: &Tree, folder: &str, world: &World<'_>, sink: &mut Sink<'_>) {
    for item in world.of("", "Secret") {
        values(item, sink);
    }
    let rules = creation_rules(tree, folder);
    let files = tree.below(folder).filter(|path| {
        let is_text = [".yaml", ".yml", ".json", ".env"]
            .iter()
            .any(|end| path.ends_with(end));
        is_text && !path.ends_with(".sops.yaml")
    });
    for file in files {
        let Ok(text) = tree.text(file) else { continue };
        let expected = recipients(rules.as_ref(), file);
        // What is no YAML is found elsewhere.
        let found = secrets::lint(file, Format::of(file), text.as_bytes(), &expected);
        report(world, file, text, &found.unwrap_or_default(), sink);
    }
}

/// Values that an API server refuses, with messages that quote them.
fn values(item: &Item<'_>, sink: &mut Sink<'_>) {
    for field in ["stringData", "data"] {
        let members = item.at(&[field]).and_then(Value::as_map);
        for (name, value) in members.into_iter().flatten() {
            let path = Path::of(&[field]).member(name);
            match text(value) {
                None => sink.find(item, Rule::SecretNotText, path, "must be a string"),
                Some("") => {
                    let hint = "fill it in and encrypt the file with sops".to_owned();
                    let message = "the value is empty";
                    sink.find_with(item, Rule::SecretEmpty, path, message, Some(hint));
                }
                Some(text) if field == "data" && !is_base64(text) => {
                    let hint = "values in the clear belong below stringData".to_owned();
                    let message = "must be base64";
                    sink.find_with(item, Rule::SecretNotBase64, path, message, Some(hint));
                }
                Some(_) => {}
            }
        }
    }
}

/// The text; also an encrypted one is a text only if it will be one when it is opened.
fn text(value: &Value) -> Option<&str> {
    let text = value.as_text()?;
    let is_other =
        text.starts_with(SEALED) && !text.ends_with(",type:str]") && !text.ends_with(",type:bytes]");
    (!is_other).then_some(text)
}

fn is_base64(text: &str) -> bool {
    let letters: String = text.split_whitespace().collect();
    text.starts_with(SEALED) || text.contains("${") || STANDARD.decode(letters).is_ok()
}

/// Whom new files are encrypted for: the rules of the landscape's folder, else of the repository.
fn creation_rules(tree: &Tree, folder: &str) -> Option<(String, CreationRules)> {
    let own = join(folder, ".sops.yaml").ok()?;
    [own, ".sops.yaml".to_owned()].into_iter().find_map(|path| {
        let text = tree.text(&path).ok()?;
        let root = path.strip_suffix(".sops.yaml")?.to_owned();
        Some((root, CreationRules::parse(text).ok()?))
    })
}

fn recipients(rules: Option<&(String, CreationRules)>, file: &str) -> Vec<Recipient> {
    let Some((root, rules)) = rules else {
        return Vec::new();
    };
    let relative = file.strip_prefix(root.as_str()).unwrap_or(file);
    rules
        .policy(relative)
        .map(|policy| policy.recipients)
        .unwrap_or_default()
}

/// What the lint of a file found, each at its object. The same path may be there in several documents.
fn report(world: &World<'_>, file: &str, text: &str, found: &[secrets::Finding], sink: &mut Sink<'_>) {
    let documents = read(text).unwrap_or_default();
    let mut used = BTreeSet::new();
    for found in found {
        let place = documents.iter().enumerate().find_map(|(index, document)| {
            let path = open(&document.value, &found.path)?;
            used.insert((index, found.path.clone()))
                .then_some((document, path))
        });
        match place {
            Some((document, path)) => at(world, file, document, path, &found.rule, sink),
            None => sink.findings.push(of_file(file, None, &found.rule)),
        }
    }
}

fn at(
    world: &World<'_>,
    file: &str,
    document: &Document,
    path: Path,
    rule: &secrets::Rule,
    sink: &mut Sink<'_>,
) {
    // A variable brings the value when the landscape is applied.
    let text = path.find(&document.value).and_then(Value::as_text);
    if text.is_some_and(|text| text.starts_with("${") && text.ends_with('}')) {
        return;
    }
    let origin = (file, Some(document.line));
    let mut items = world.items.iter();
    let of = |item: &&Item<'_>| (item.object.origin.file.as_str(), item.object.origin.line) == origin;
    if let Some(item) = items.find(of) {
        let (id, hint) = rule_of(rule);
        sink.find_with(item, id, path, rule.to_string(), Some(hint.to_owned()));
        return;
    }
    let documents = sink.places.documents(file);
    let lines = documents.iter().find(|lines| lines.line == document.line);
    let mut finding = of_file(file, lines.and_then(|lines| path.line(lines)), rule);
    finding.path = path;
    sink.findings.push(finding);
}

fn of_file(file: &str, line: Option<usize>, rule: &secrets::Rule) -> Finding {
    let (id, hint) = rule_of(rule);
    Finding::of_file(id, file, line, rule.to_string()).hinting(hint)
}

fn rule_of(rule: &secrets::Rule) -> (Rule, &'static str) {
    match rule {
        secrets::Rule::PlaintextSecret => (Rule::SecretPlaintext, "encrypt the file with sops"),
        secrets::Rule::PlaintextKey | secrets::Rule::PlaintextToken(_) => (
            Rule::SecretKey,
            "encrypt the file with sops, and replace the key: it is in the history",
        ),
        secrets::Rule::MissingRecipient(_) => (
            Rule::SecretRecipient,
            "encrypt the file anew for all recipients of .sops.yaml",
        ),
    }
}

/// The path whose members, joined with dots, are the given text, if something in the clear is there.
fn open(value: &Value, dotted: &str) -> Option<Path> {
    let mut path = Path::root();
    leads(value, dotted, &mut path).then_some(path)
}

fn leads(value: &Value, rest: &str, path: &mut Path) -> bool {
    if rest.is_empty() {
        return value
            .as_text()
            .is_none_or(|text| !text.is_empty() && !text.starts_with(SEALED));
    }
    match value {
        Value::Map(map) => map.iter().any(|(name, value)| {
            let after = rest.strip_prefix(name.as_str());
            let after = after.filter(|after| after.is_empty() || after.starts_with('.'));
            after.is_some_and(|after| {
                path.push(Step::Member(name.clone()));
                let is_there = leads(value, after.trim_start_matches('.'), path);
                if !is_there {
                    path.pop();
                }
                is_there
            })
        }),
        Value::List(list) => {
            let (index, after) = rest.split_once('.').unwrap_or((rest, ""));
            let Ok(index) = index.parse::<usize>() else {
                return false;
            };
            path.push(Step::Entry(index));
            let is_there = list.get(index).is_some_and(|value| leads(value, after, path));
            if !is_there {
                path.pop();
            }
            is_there
        }
        _ => false,
    }
}
