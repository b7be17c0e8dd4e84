//! What a build refuses, with the file and the field that are wrong.

#![cfg(test)]

use std::fs;
use std::path::Path;

use yake::build::{TreeError, build};
use yake::cli::read_folder;

/// A folder of files, built; the whole chain of errors, or the warnings.
fn outcome(files: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    built(folder.path())
}

fn built(folder: &Path) -> Result<Vec<String>, String> {
    let (tree, inside) = read_folder(folder, Some(folder)).unwrap();
    match build(&tree, &inside) {
        Ok(built) => Ok(built.warnings),
        Err(error) => Err(match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        }),
    }
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

#[test]
fn a_field_that_is_not_built_is_refused_by_name_and_file() {
    for field in [
        "helmCharts: [{name: x}]",
        "transformers: [t.yaml]",
        "generators: [g.yaml]",
        "validators: [v.yaml]",
        "configurations: [c.yaml]",
        "crds: [c.yaml]",
        "openapi: {path: x}",
        "vars: [{name: x}]",
        "buildMetadata: [originAnnotations]",
        "resourcez: []",
    ] {
        let error = outcome(&[("kustomization.yaml", &format!("resources: []\n{field}\n"))]).unwrap_err();
        let name = field.split(':').next().unwrap();
        assert!(
            error.contains(name) && error.contains("kustomization.yaml"),
            "{error}"
        );
    }
}

#[test]
fn what_lies_elsewhere_is_refused_without_asking_for_it() {
    for (path, reason) in [
        ("https://example.test/x.yaml", "fetched from elsewhere"),
        ("github.com/example/base?ref=v1", "fetched from elsewhere"),
        ("git@example.test:a/b", "fetched from elsewhere"),
        ("../../etc", "leads out of the repository"),
        ("/etc/passwd", "absolute path"),
        ("missing.yaml", "does not exist"),
    ] {
        for field in ["resources", "components"] {
            let error = outcome(&[("kustomization.yaml", &format!("{field}: ['{path}']\n"))]).unwrap_err();
            assert!(error.contains(reason) && error.contains(field), "{error}");
        }
    }
}

#[test]
fn a_link_that_leads_out_and_a_file_that_is_too_large_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    fs::write(outside.path(), MAP).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link.yaml")).unwrap();
    fs::write(
        folder.path().join("kustomization.yaml"),
        "resources: [link.yaml]\n",
    )
    .unwrap();
    assert!(
        built(folder.path())
            .unwrap_err()
            .contains("symbolic link that leads out")
    );

    let big = fs::File::create(folder.path().join("big.yaml")).unwrap();
    big.set_len(50 << 20).unwrap();
    fs::write(
        folder.path().join("kustomization.yaml"),
        "resources: [big.yaml]\n",
    )
    .unwrap();
    let (tree, _) = read_folder(folder.path(), Some(folder.path())).unwrap();
    assert!(matches!(tree.bytes("big.yaml"), Err(TreeError::Large { .. })));
    assert!(built(folder.path()).unwrap_err().contains("52428800 bytes"));
}

#[test]
fn errors_of_yaml_name_file_and_line() {
    let error = outcome(&[("a.yaml", "a: 1\r\n---\r\nb: 1\r\nb: 2\r\n")]).unwrap_err();
    assert_eq!(error, "a.yaml:4: the key \"b\" is given twice");
    let error = outcome(&[("a.yaml", &format!("{MAP}---\nkind: X\n"))]).unwrap_err();
    assert_eq!(error, "a.yaml:5: the manifest has no apiVersion that is a text");
}

#[test]
fn members_that_hold_nothing_are_left_out_with_a_warning() {
    let warnings = outcome(&[("a.yaml", &format!("{MAP}data: {{x: null}}\n"))]).unwrap();
    assert_eq!(warnings, ["a.yaml:1: .data.x holds nothing and is left out"]);
    assert!(outcome(&[("a.yaml", &format!("{MAP}list: [null]\n"))]).is_err());
}

#[test]
fn a_folder_that_contains_itself_is_refused() {
    let error = outcome(&[
        ("kustomization.yaml", "resources: [a]\n"),
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../a]\n"),
    ])
    .unwrap_err();
    assert!(error.contains("contains itself"), "{error}");
}

#[test]
fn a_folder_without_a_kustomization_is_all_its_manifests_and_without_any_an_error() {
    let nested = MAP.replace("name: a", "name: b");
    let files = [
        ("x/a.yaml", MAP),
        ("base/kustomization.yaml", "resources: [b.yml]\n"),
        ("base/b.yml", &nested),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::write(folder.path().join("base/ignored.yaml"), "not: a manifest\n").unwrap();
    let (tree, inside) = read_folder(folder.path(), Some(folder.path())).unwrap();
    let names: Vec<String> = build(&tree, &inside)
        .unwrap()
        .objects
        .iter()
        .map(|object| object.name().to_owned())
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert!(
        outcome(&[("a.yaml.bak", MAP)])
            .unwrap_err()
            .contains("manifest below")
    );
}
