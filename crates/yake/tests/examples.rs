//! The examples in the help do what they say.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::Command;

use yake::cli::examples;

/// Those that look at clusters need some; `tests/tests/yake_landscape.rs` runs their commands.
fn needs_clusters(example: &str) -> bool {
    example.contains("--kubeconfig")
}

/// A folder of somebody who has a secret in the clear and a key: what the examples about secrets find.
fn folder_with_a_secret() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let prod = folder.path().join("clusters/prod");
    fs::create_dir_all(&prod).unwrap();
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: CANARY}\n";
    fs::write(prod.join("db.yaml"), secret).unwrap();
    let key = "AGE-SECRET-KEY-1C32TFA0A5NNHAZ7LY29VR074YZRWLWJGWA6WR449E66ZXDRCD5ZQQW32YP\n";
    fs::write(folder.path().join("keys.txt"), key).unwrap();
    folder
}

#[test]
fn examples_that_need_no_cluster_work_from_the_root_of_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let with_secret = folder_with_a_secret();
    let mut ran = 0;
    for example in examples().filter(|example| !needs_clusters(example)) {
        let folder = tempfile::tempdir().unwrap();
        let pages = folder.path().join("reference");
        let mut words: Vec<&str> = example.split(' ').skip(1).collect();
        // What an example would write into the repository goes elsewhere.
        if let Some(target) = words.iter().position(|word| *word == "--output") {
            words[target + 1] = pages.to_str().unwrap();
        }
        if words[0] == "init" {
            words[1] = pages.to_str().unwrap();
        }
        let output = Command::new(env!("CARGO_BIN_EXE_yake"))
            .args(&words)
            .current_dir(if words.first() == Some(&"secrets") {
                with_secret.path()
            } else {
                &root
            })
            .env("EDITOR", "true")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{example}: {said}");
        ran += 1;
    }
    assert!(ran >= 8, "only {ran} examples ran");
}
