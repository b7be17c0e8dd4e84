//! Configuration files, variables and options.

use super::process::{finish, krake, text};

#[test]
fn every_value_is_shown_with_its_origin() {
    let output = finish(
        krake()
            .args([
                "--config",
                "examples/krake/serve.yaml",
                "config",
                "show",
                "server",
                "--origin",
            ])
            .env("KRAKE_STICKINESS", "0.5"),
    );
    let shown = text(&output.stdout);
    let line = |key: &str| {
        shown
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(line("authorization ").contains("serve.yaml:"), "{shown}");
    assert!(line("stickiness").contains("KRAKE_STICKINESS"), "{shown}");
    assert!(line("log.format").contains("default"), "{shown}");
}

#[test]
fn an_unknown_key_is_refused_with_the_one_that_was_meant() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("serve.yaml");
    std::fs::write(&path, "listn: 127.0.0.1:0\n").unwrap();
    let output = finish(krake().arg("serve").arg("--config").arg(&path));
    assert_eq!(output.status.code(), Some(2));
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("listn") && stderr.contains("listen") && stderr.contains("serve.yaml:1"),
        "{stderr}"
    );
}

#[test]
fn a_client_configuration_of_the_original_is_found_in_the_current_directory() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("rok.yaml"),
        "api_url: http://127.0.0.1:1\nuser: alice\n",
    )
    .unwrap();
    let output = finish(
        krake()
            .current_dir(directory.path())
            .args(["config", "show", "-o", "json"]),
    );
    assert!(
        text(&output.stdout).contains("\"user\": \"alice\""),
        "{}",
        text(&output.stdout)
    );
}
