//! The examples in the help do what they say.

#![cfg(test)]

use std::path::Path;
use std::process::Command;

use yake::cli::examples;

/// Those that look at clusters need some; `tests/tests/yake_landscape.rs` runs their commands.
fn needs_clusters(example: &str) -> bool {
    example.contains("--kubeconfig")
}

#[test]
fn examples_that_need_no_cluster_work_from_the_root_of_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut ran = 0;
    for example in examples().filter(|example| !needs_clusters(example)) {
        let folder = tempfile::tempdir().unwrap();
        let pages = folder.path().join("reference");
        let mut words: Vec<&str> = example.split(' ').skip(1).collect();
        // What an example would write into the repository goes elsewhere.
        if let Some(target) = words.iter().position(|word| *word == "--output") {
            words[target + 1] = pages.to_str().unwrap();
        }
        let output = Command::new(env!("CARGO_BIN_EXE_yake"))
            .args(&words)
            .current_dir(&root)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{example}: {said}");
        ran += 1;
    }
    assert!(ran >= 3, "only {ran} examples ran");
}
