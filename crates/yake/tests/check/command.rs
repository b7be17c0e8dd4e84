//! The command itself: exit codes and forms of the output.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const GOOD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n";
const WARNED: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {a: on}\n";
const WRONG: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata:\n  ok: x\ndaat: {}\n";

fn yake(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yake"))
        .arg("check")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn outcome(text: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a b")).unwrap();
    fs::write(folder.path().join("a b/a.yaml"), text).unwrap();
    let output = yake(folder.path(), arguments);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_exit_code_says_whether_something_is_wrong() {
    assert_eq!(outcome(GOOD, &[]).0, Some(0));
    assert_eq!(outcome(WARNED, &[]).0, Some(0));
    assert_eq!(outcome(WARNED, &["--strict"]).0, Some(1));
    assert_eq!(outcome(WRONG, &[]).0, Some(1));
    assert_eq!(outcome(GOOD, &["missing"]).0, Some(2));
}

#[test]
fn a_table_is_for_people_and_data_for_programs() {
    let (_, table, said) = outcome(WRONG, &[]);
    for part in [
        "a b/a.yaml:6",
        "UNKNOWN_FIELD",
        "ConfigMap/b/a",
        "$.daat",
        "did you mean \"data\"?",
    ] {
        assert!(table.contains(part), "{part} is missing in:\n{table}");
    }
    assert_eq!(said, "1 errors and 0 warnings in 1 objects of 1 units\n");
    let (_, nothing, _) = outcome(GOOD, &[]);
    assert_eq!(nothing, "");
    let (_, text, _) = outcome(WRONG, &["-o", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["errors"], &report["objects"]), (&1.into(), &1.into()));
    let finding = &report["findings"][0];
    for (member, value) in [
        ("file", Value::from("a b/a.yaml")),
        ("line", 6.into()),
        ("path", "$.daat".into()),
        ("rule", "UNKNOWN_FIELD".into()),
        ("severity", "error".into()),
        ("object", "ConfigMap/b/a".into()),
    ] {
        assert_eq!(finding[member], value, "{member}");
    }
    let (_, text, _) = outcome(WRONG, &["-o", "yaml"]);
    assert!(text.contains("rule: UNKNOWN_FIELD"), "{text}");
}

/// What readers of SARIF 2.1.0 ask for. By hand it was held against the schema of OASIS, which the crate serde-sarif
/// carries, without an error.
#[test]
fn sarif_has_what_its_readers_need() {
    let (code, text, _) = outcome(WRONG, &["-o", "sarif"]);
    assert_eq!(code, Some(1));
    let log: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif-2.1.0"));
    let [run] = log["runs"].as_array().unwrap().as_slice() else {
        panic!("{log:#}");
    };
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "yake check");
    let rules = driver["rules"].as_array().unwrap();
    let [result] = run["results"].as_array().unwrap().as_slice() else {
        panic!("{run:#}");
    };
    assert_eq!(result["level"], "error");
    assert!(
        result["message"]["text"]
            .as_str()
            .unwrap()
            .contains("did you mean")
    );
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[index]["id"], result["ruleId"]);
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "a%20b/a.yaml");
    assert_eq!(location["region"]["startLine"], 6);
    let (code, text, _) = outcome(GOOD, &["-o", "sarif"]);
    let log: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (code, log["runs"][0]["results"].as_array().unwrap().len()),
        (Some(0), 0)
    );
}

/// Story G24: links, which only a disk has.
#[test]
fn a_link_that_leads_out_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    fs::write(outside.path(), GOOD).unwrap();
    fs::write(
        folder.path().join("kustomization.yaml"),
        "resources:\n- good.yaml\n- link.yaml\n",
    )
    .unwrap();
    fs::write(folder.path().join("good.yaml"), WARNED).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link.yaml")).unwrap();
    let output = yake(folder.path(), &["-o", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found: Vec<(&str, u64)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            (
                finding["rule"].as_str().unwrap(),
                finding["line"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, [("YAML11_WORD", 4), ("PATH_OUTSIDE", 3)]);
    assert_eq!(output.status.code(), Some(1));
}
