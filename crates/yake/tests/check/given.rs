//! Files to check, and how to ask for what was found.

use yake::build::Tree;
use yake::check::{Facts, Finding, Report, Rule, Schemas, check};

/// Files, checked as a landscape's folder.
pub(crate) fn report(files: &[(&str, &str)]) -> Report {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(*path, text.as_bytes());
    }
    let facts = Facts {
        schemas: Schemas::shipped().unwrap(),
        ..Facts::default()
    };
    check(&tree, "", &facts)
}

/// What was found.
pub(crate) fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    report(files).findings
}

/// `RULE file:line path` of all findings of some rules; of all where none is named.
pub(crate) fn said(files: &[(&str, &str)], rules: &[Rule]) -> Vec<String> {
    findings(files)
        .iter()
        .filter(|finding| rules.is_empty() || rules.contains(&finding.rule))
        .map(|finding| {
            let line = finding.line.map_or(String::new(), |line| line.to_string());
            format!("{} {}:{line} {}", finding.rule, finding.file, finding.path)
        })
        .collect()
}

/// A Garden that the operator would take; parts are replaced by tests.
pub(crate) const GARDEN: &str = include_str!("garden.yaml");
