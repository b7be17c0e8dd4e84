//! Files of other projects: what is wrong with them, and nothing else. The same counts stand in the documentation.

use std::fs;
use std::path::{Path, PathBuf};

use yake::build::build;
use yake::check::{Facts, Report, Schemas, Severity, check};
use yake::cli::read_folder;

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("ALASCA_CONFORMANCE_DATA").map(PathBuf::from);
    if data.is_none() {
        eprintln!("skipped: ALASCA_CONFORMANCE_DATA is not set");
    }
    data
}

/// Objects that are built, none if nothing can be; errors and warnings; the rules of the errors.
fn result(folder: &Path, facts: &Facts) -> (Option<usize>, usize, usize, Vec<&'static str>) {
    let (tree, inside) = read_folder(folder, Some(folder)).unwrap();
    let built = build(&tree, &inside).ok().map(|built| built.objects.len());
    let Report { findings, .. } = check(&tree, &inside, facts);
    let (errors, warnings): (Vec<_>, Vec<_>) = findings
        .iter()
        .partition(|finding| finding.severity == Severity::Error);
    let mut rules: Vec<&str> = errors.iter().map(|finding| finding.rule.id()).collect();
    rules.sort_unstable();
    rules.dedup();
    (built, errors.len(), warnings.len(), rules)
}

/// The row of the documentation's table.
fn row(name: &str, (built, errors, warnings, rules): (Option<usize>, usize, usize, Vec<&str>)) -> String {
    let built = built.map_or("refused".to_owned(), |count| count.to_string());
    format!(
        "| {name} | {built} | {errors} | {warnings} | {} |",
        rules.join(", ")
    )
}

#[test]
fn repositories_and_examples_of_others_have_the_documented_results() {
    let Some(data) = data() else { return };
    let facts = Facts {
        schemas: Schemas::shipped().unwrap(),
        ..Facts::default()
    };
    let mut rows = Vec::new();
    for name in ["yake/azure", "yake/openstack", "gardener/crds", "flux/crds"] {
        rows.push(row(name, result(&data.join(name), &facts)));
    }
    let mut files: Vec<PathBuf> = fs::read_dir(data.join("gardener/examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let folder = tempfile::tempdir().unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        fs::copy(&file, folder.path().join(name)).unwrap();
        rows.push(row(name, result(folder.path(), &facts)));
    }
    let page = include_str!("../../../../docs/src/tools/yake-check.md");
    let documented: Vec<&str> = page
        .lines()
        .skip_while(|line| *line != "| what | objects | errors | warnings | rules of the errors |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert_eq!(rows, documented, "\n{}", rows.join("\n"));
}
