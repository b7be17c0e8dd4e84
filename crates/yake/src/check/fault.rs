//! Why a unit cannot be built, as a finding with its place.

use super::finding::Finding;
use super::rule::Rule;
use crate::build::{BuildError, Lines, Tree, TreeError, lines};

/// The finding that a failed build is.
pub(super) fn finding(tree: &Tree, error: &BuildError) -> Finding {
    match error {
        BuildError::Path { file, field, source } => {
            let line = line_of(tree, file, field, &named(source));
            let mut finding = of_tree(file, line, source);
            finding.message = format!("{field}: {}", finding.message);
            finding
        }
        BuildError::Tree(source) => of_tree(&named(source), None, source),
        BuildError::Yaml { file, line, problem } => of_yaml(file, *line, problem),
        BuildError::Field { file, field, problem } => {
            let line = line_of(tree, file, field, "");
            let message = format!("the field {field} {problem}");
            Finding::of_file(Rule::Build, file, line, message)
        }
        BuildError::DecryptionFailed { file, source } => {
            Finding::of_file(Rule::Build, file, None, format!("{error}: {source}"))
        }
        BuildError::Invalid { file, problem } => {
            let (file, line) = place(file);
            Finding::of_file(Rule::Build, file, line, problem)
        }
    }
}

/// A path among the resources of a kustomization that cannot be followed.
pub(super) fn of_resource(tree: &Tree, file: &str, named: &str, error: &TreeError) -> Finding {
    let mut finding = of_tree(file, line_of(tree, file, "resources", named), error);
    finding.message = format!("resources: {}", finding.message);
    finding
}

/// A path that cannot be followed.
pub(super) fn of_tree(file: &str, line: Option<usize>, error: &TreeError) -> Finding {
    let rule = match error {
        TreeError::Absolute(_) | TreeError::Outside(_) | TreeError::Link(_) => Rule::PathOutside,
        TreeError::Remote(_) => Rule::PathRemote,
        TreeError::Missing(_) | TreeError::Folder(_) | TreeError::Submodule(_) => Rule::PathMissing,
        TreeError::Large { .. } => Rule::FileTooLarge,
        TreeError::NotText(_) => Rule::YamlSyntax,
    };
    Finding::of_file(rule, file, line, error.to_string())
}

/// A text that is no YAML.
pub(super) fn of_yaml(file: &str, line: usize, problem: &str) -> Finding {
    let rule = if problem.contains("is given twice") {
        Rule::DuplicateKey
    } else if problem.contains("stands for more than") || problem.contains("nested deeper") {
        Rule::YamlBomb
    } else {
        Rule::YamlSyntax
    };
    Finding::of_file(rule, file, Some(line), problem)
}

fn named(error: &TreeError) -> String {
    match error {
        TreeError::Absolute(path)
        | TreeError::Outside(path)
        | TreeError::Remote(path)
        | TreeError::Missing(path)
        | TreeError::Folder(path)
        | TreeError::Submodule(path)
        | TreeError::Link(path)
        | TreeError::NotText(path)
        | TreeError::Large { path, .. } => path.clone(),
    }
}

/// The line of a field of a kustomization, or of its entry that names a path.
fn line_of(tree: &Tree, file: &str, field: &str, named: &str) -> Option<usize> {
    let documents = lines(tree.text(file).ok()?);
    let top = field.split(['.', '[']).next().unwrap_or(field);
    let field = documents.first()?.members.get(top)?;
    let is_named = |entry: &&Lines| {
        entry
            .plain
            .as_ref()
            .is_some_and(|text| text == named || named.ends_with(text.trim_start_matches("./")))
    };
    let entry = field.entries.iter().find(is_named);
    Some(entry.map_or(field.line, |entry| entry.line))
}

/// `file:line`, where the build knows both.
fn place(text: &str) -> (&str, Option<usize>) {
    match text.rsplit_once(':') {
        Some((file, line)) => match line.parse() {
            Ok(line) => (file, Some(line)),
            Err(_) => (text, None),
        },
        None => (text, None),
    }
}
