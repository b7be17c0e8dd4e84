//! Looks for secrets in the clear in all files of a folder.

use std::collections::BTreeSet;

use common::secrets::{self, Format, Reason, Recipient, SecretsError, recipients};

use super::generators;
use super::rules::{self, RULES_FILE, RulesError};
use crate::build::Tree;

/// What is wrong, and where. Values are never part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// File.
    pub file: String,
    /// Line, counted from 1; none for the whole file.
    pub line: Option<usize>,
    /// Keys to the value, with dots; empty for the whole file or a line of it.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

/// Looks through the files below a folder, or at the one file that the path names. An encrypted file must be
/// encrypted to the recipients of its creation rule and to `expected`.
pub fn lint(tree: &Tree, under: &str, expected: &[Recipient]) -> Result<Vec<Found>, RulesError> {
    let mut found = BTreeSet::new();
    let one = tree.is_file(under).then_some(under);
    for path in one.into_iter().chain(tree.below(under)) {
        let is_rules = path == RULES_FILE || path.ends_with(&format!("/{RULES_FILE}"));
        if is_rules {
            continue;
        }
        found.extend(file(tree, path, expected)?);
        found.extend(generated(tree, path));
    }
    Ok(found.into_iter().collect())
}

fn file(tree: &Tree, path: &str, expected: &[Recipient]) -> Result<Vec<Found>, RulesError> {
    let Ok(bytes) = tree.bytes(path) else {
        return Ok(Vec::new());
    };
    let mut wanted = rules::policy(tree, path)?
        .map(|policy| policy.recipients)
        .unwrap_or_default();
    wanted.extend(
        expected
            .iter()
            .filter(|expected| !wanted.contains(expected))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let format = Format::of(path);
    let findings = match secrets::lint(path, format, bytes, &wanted) {
        // Templates and the like are of no format: their lines may hold credentials all the same.
        Err(SecretsError {
            reason: Reason::Syntax(..),
            ..
        }) => secrets::lint(path, Format::Binary, bytes, &[]),
        other => other,
    };
    Ok(match findings {
        Ok(findings) => findings
            .into_iter()
            .filter(|finding| !is_variable(tree, path, finding.line))
            .map(|finding| Found {
                file: finding.file,
                line: finding.line,
                path: finding.path,
                problem: finding.rule.to_string(),
            })
            .collect(),
        Err(error) => vec![Found {
            file: path.to_owned(),
            line: None,
            path: String::new(),
            problem: error.reason.to_string(),
        }],
    })
}

/// A variable alone brings its value when the objects are built.
fn is_variable(tree: &Tree, path: &str, line: Option<usize>) -> bool {
    let text = tree.text(path).unwrap_or_default();
    let line = line
        .and_then(|line| text.lines().nth(line.checked_sub(1)?))
        .unwrap_or_default();
    let value = line.split_once(": ").map_or("", |(_, value)| value);
    let value = value.trim().trim_matches(['"', '\'']);
    value.starts_with("${") && value.ends_with('}') && value.matches('$').count() == 1
}

/// Secrets that a kustomization generates of values in the clear.
fn generated(tree: &Tree, path: &str) -> Vec<Found> {
    let sources = generators::sources(tree, path);
    let text = tree.text(path).unwrap_or_default();
    let of_literal = sources.literals.into_iter().map(|place| Found {
        file: path.to_owned(),
        line: secrets::line_of(Format::Yaml, text, 0, &place),
        path: place,
        problem: "a value of a generated Secret is not encrypted".to_owned(),
    });
    let plain = sources.files.into_iter().filter(|file| {
        let bytes = tree.bytes(file).ok().filter(|bytes| !bytes.is_empty());
        bytes.is_some_and(|bytes| !is_encrypted(file, bytes))
    });
    let of_file = plain.map(|file| Found {
        problem: format!("a Secret is generated of it in {path}, and it is not encrypted"),
        file,
        line: None,
        path: String::new(),
    });
    of_literal.chain(of_file).collect()
}

fn is_encrypted(file: &str, bytes: &[u8]) -> bool {
    [Format::of(file), Format::Dotenv]
        .into_iter()
        .any(|format| recipients(file, format, bytes).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)], under: &str) -> Vec<String> {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(*path, *text);
        }
        let found = lint(&tree, under, &[]).unwrap();
        found
            .iter()
            .map(|found| {
                let line = found.line.map_or(String::new(), |line| line.to_string());
                format!("{}:{line}:{}: {}", found.file, found.path, found.problem)
            })
            .collect()
    }

    const SECRET: &str = "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n---\nkind: Secret\napiVersion: v1\ndata:\n  empty: ''\n  \
                          pin: Q0FOQVJZ\n  later: \"${PIN}\"\n";

    #[test]
    fn secrets_and_credentials_in_the_clear_are_found_with_file_and_line() {
        let files = [
            ("a/secret.yaml", SECRET),
            ("a/template.yaml", "{{ if }}\nkey: AKIAIOSFODNN7EXAMPLE\n"),
            ("b/readme.md", "nothing\n"),
        ];
        assert_eq!(
            found(&files, ""),
            [
                "a/secret.yaml:9:data.pin: a value of a Secret is not encrypted",
                "a/template.yaml:2:: a token of AWS stands in the clear",
            ]
        );
        assert!(found(&files, "b").is_empty());
        assert_eq!(found(&files, "a/secret.yaml").len(), 1);
    }

    #[test]
    fn what_a_secret_is_generated_of_is_found_too() {
        let kustomization = "secretGenerator:\n- name: a\n  literals:\n  - user=CANARY\n  - put=${IN}\n  files: [x.txt, \
                             k=gone]\n  envs: [../v.env]\nconfigMapGenerator:\n- name: b\n  literals: [a=b]\n";
        let files = [
            ("o/kustomization.yaml", kustomization),
            ("o/x.txt", "CANARY"),
            ("v.env", "A=CANARY\n"),
        ];
        assert_eq!(
            found(&files, "o"),
            [
                "o/kustomization.yaml:4:secretGenerator.0.literals.0: a value of a generated Secret is not encrypted",
                "o/x.txt::: a Secret is generated of it in o/kustomization.yaml, and it is not encrypted",
                "v.env::: a Secret is generated of it in o/kustomization.yaml, and it is not encrypted",
            ]
        );
    }

    #[test]
    fn rules_that_cannot_be_read_are_an_error_and_not_quoted() {
        let mut tree = Tree::new();
        tree.insert(".sops.yaml", "creation_rules: CANARY");
        tree.insert("a/x.yaml", "a: 1\n");
        let error = lint(&tree, "", &[]).unwrap_err();
        assert_eq!(error.to_string(), ".sops.yaml cannot be used");
    }
}
