//! Fixture trees, each compared as parsed objects in order with what the real kustomize 5.8.2 makes of it.
//!
//! What it made is recorded in `expected/`. With `ALASCA_KUSTOMIZE` naming the program, it is asked anew, so that the
//! records are true; with `ALASCA_CONFORMANCE_DATA`, the trees of Flux are built and compared as well.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use yake::build::{Object, OnMissing, Variables, build, substitute, write};
use yake::cli::read_folder;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The documents of a text, read by another reader than the one under test, without members that hold nothing: those
/// are left out on purpose.
fn parsed(text: &str) -> Vec<Value> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    documents.into_iter().map(without_nulls).collect()
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(list) => list.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn objects(folder: &Path, root: &Path) -> Result<Vec<Object>, String> {
    let (tree, folder) = read_folder(folder, Some(root)).map_err(|error| error.to_string())?;
    let built = build(&tree, &folder).map_err(|error| match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })?;
    Ok(built.objects)
}

fn text(objects: &[Object]) -> String {
    let documents: Vec<String> = objects.iter().map(|object| write(&object.value)).collect();
    documents.join("---\n")
}

fn assert_same(name: &str, ours: &str, theirs: &str) {
    let (ours, theirs) = (parsed(ours), parsed(theirs));
    for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert!(
            ours == theirs,
            "{name}, object {index}\nours:   {ours:#}\ntheirs: {theirs:#}"
        );
    }
    assert_eq!(ours.len(), theirs.len(), "{name}");
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(of)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn real_kustomize(folder: &Path) -> Option<String> {
    let program = std::env::var_os("ALASCA_KUSTOMIZE")?;
    let output = Command::new(program).arg("build").arg(folder).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn every_tree_builds_to_what_the_real_kustomize_makes_of_it() {
    let trees = here().join("trees");
    for folder in folders(&trees) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let recorded = fs::read_to_string(here().join("expected").join(format!("{name}.yaml"))).unwrap();
        if let Some(theirs) = real_kustomize(&folder) {
            assert_eq!(
                parsed(&recorded),
                parsed(&theirs),
                "the record of {name} is not true"
            );
        }
        let ours = objects(&folder, &trees).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_same(&name, &text(&ours), &recorded);
    }
}

#[test]
fn the_trees_of_flux_build_and_substitute_as_flux_expects() {
    let Some(data) = std::env::var_os("ALASCA_CONFORMANCE_DATA") else {
        eprintln!("skipped: ALASCA_CONFORMANCE_DATA is not set");
        return;
    };
    let data = Path::new(&data).join("flux/build");
    let read = |name: &str| fs::read_to_string(data.join(name)).unwrap();
    let mut objects = objects(&data.join("resources"), &data).unwrap();
    assert_eq!(parsed(&text(&objects)).len(), 2);
    let variables: Variables = [
        ("cluster_env", "prod"),
        ("cluster_region", "eu-central-1"),
        ("prometheus_scrape", "\"true\""),
        ("prometheus_port", "\"9797\""),
        ("image", "nginx:1.21.4"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    substitute(&mut objects, &variables, OnMissing::Fail).unwrap();
    let mut theirs = parsed(&read("kustomization_varsub_expected.yaml"));
    let mut ours = parsed(&text(&objects));
    let by_kind = |value: &Value| value["kind"].as_str().map(str::to_owned);
    ours.sort_by_key(by_kind);
    theirs.sort_by_key(by_kind);
    assert_eq!(ours, theirs);
    for name in [
        "name",
        "buildMetadata",
        "varsubalways",
        "varsubstrict",
        "noResources",
    ] {
        let folder = data.join(name);
        let ours = self::objects(&folder, &data).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Some(theirs) = real_kustomize(&folder) {
            assert_same(name, &text(&ours), &theirs);
        }
    }
}

#[test]
fn the_examples_of_gardener_build() {
    let Some(data) = std::env::var_os("ALASCA_CONFORMANCE_DATA") else {
        eprintln!("skipped: ALASCA_CONFORMANCE_DATA is not set");
        return;
    };
    let folder = Path::new(&data).join("gardener/crds");
    assert_eq!(objects(&folder, &folder).unwrap().len(), 16);
}
