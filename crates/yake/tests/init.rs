//! `yake init`: what it writes, and that it never takes anything away.

#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A public key that nobody has the other half of.
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

fn yake(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yake"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn init(folder: &Path, more: &[&str]) -> (Option<i32>, String) {
    init_as("dev", folder, more)
}

fn init_as(name: &str, folder: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut arguments = vec![
        "init",
        ".",
        "--landscape",
        name,
        "--base-domain",
        "example.org",
        "--gardener",
        "1.148.4",
    ];
    arguments.extend(more);
    let output = yake(folder, &arguments);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(below) = waiting.pop() {
        for entry in fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn errors(folder: &Path) -> (Option<i32>, String) {
    let output = yake(folder, &["check"]);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// Story B1.
#[test]
fn a_new_landscape_passes_its_check_and_is_the_same_when_it_is_made_again() {
    for more in [
        &[][..],
        &[
            "--dns",
            "aws-route53",
            "--source-url",
            "ssh://git@git.example.org/dev.git",
        ],
        &["--dns", "azure-dns", "--zones", "a,b,c", "--region", "eu-1"],
        &["--dns", "google-clouddns", "--kubernetes", "1.35.4"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (code, said) = init(folder.path(), more);
        assert_eq!(code, Some(0), "{said}");
        let before = files(folder.path());
        for name in [
            "landscape.yaml",
            "versions.yaml",
            ".gitignore",
            ".sops.yaml",
            "README.md",
            "runtime/garden.yaml",
            "runtime/dns.secret.yaml",
            "runtime/extensions/provider-openstack.yaml",
            "virtual/project-garden.yaml",
            "virtual/cloudprofile.yaml",
            "virtual/credentialsbinding.yaml",
            "virtual/gardenlet.yaml",
        ] {
            assert!(
                before.contains_key(name),
                "{name} is missing: {:?}",
                before.keys()
            );
        }
        let (code, found) = errors(folder.path());
        assert_eq!(code, Some(0), "{found}");
        assert!(found.contains("0 errors"), "{found}");
        assert_eq!(init(folder.path(), more).0, Some(0));
        assert_eq!(files(folder.path()), before);
    }
}

#[test]
fn what_somebody_changed_is_left_alone_and_told_of() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &[]);
    let garden = folder.path().join("runtime/garden.yaml");
    let mine = fs::read_to_string(&garden).unwrap().replace("25Gi", "50Gi");
    fs::write(&garden, &mine).unwrap();
    fs::remove_file(folder.path().join("versions.yaml")).unwrap();
    let (code, said) = init(folder.path(), &[]);
    assert_eq!(code, Some(0));
    assert_eq!(fs::read_to_string(&garden).unwrap(), mine);
    let state = |file: &str| {
        let line = said.lines().find(|line| line.starts_with(file)).unwrap();
        line[file.len()..].trim().to_owned()
    };
    assert_eq!(state("runtime/garden.yaml"), "left alone");
    assert_eq!(state("versions.yaml"), "written");
    assert_eq!(state("landscape.yaml"), "unchanged");
}

#[test]
fn with_a_recipient_secrets_are_encrypted_and_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = init(folder.path(), &["--age", RECIPIENT]);
    assert_eq!(code, Some(0), "{said}");
    let before = files(folder.path());
    for (name, text) in before.iter().filter(|(name, _)| name.ends_with(".secret.yaml")) {
        assert!(
            text.contains("ENC[AES256_GCM,") && text.contains(RECIPIENT),
            "{name}: {text}"
        );
        assert!(!text.contains("fill me in"), "{name}");
    }
    let (code, found) = errors(folder.path());
    assert_eq!(code, Some(0), "{found}");
    assert!(!found.contains("SECRET_EMPTY"), "{found}");
    init(folder.path(), &["--age", RECIPIENT]);
    assert_eq!(files(folder.path()), before);
}

#[test]
fn wishes_that_do_not_fit_each_other_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (more, rule) in [
        (["--pods", "10.96.0.0/16"], "CIDR_OVERLAP"),
        (["--kubernetes", "1.31.0"], "KUBERNETES_UNSUPPORTED"),
        (["--nodes", "many"], "CIDR_INVALID"),
    ] {
        let (code, said) = init(folder.path(), &more);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(rule), "{said}");
        assert_eq!(files(folder.path()), BTreeMap::new());
    }
    let (code, said) = init_as("Dev_1", folder.path(), &[]);
    assert_eq!((code, said.contains("NAME: ")), (Some(2), true), "{said}");
    let (code, said) = init(folder.path(), &["--age", "age1nonsense"]);
    assert_eq!((code, said.contains("--age")), (Some(2), true), "{said}");
}

/// The README of a landscape says what to do next; all of it has to be there.
#[test]
fn the_next_commands_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &[]);
    let readme = fs::read_to_string(folder.path().join("README.md")).unwrap();
    let commands: Vec<&str> = readme
        .split('`')
        .filter(|text| text.starts_with("yake "))
        .collect();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let words = command.split(' ');
        if let Err(error) = yake::cli::command().try_get_matches_from(words) {
            panic!("{command}: {error}");
        }
    }
}
