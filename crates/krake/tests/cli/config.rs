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
fn the_interval_of_metrics_comes_from_file_variable_and_option_within_its_limits() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("serve.yaml");
    std::fs::write(&path, "metrics_interval: 2.5\n").unwrap();
    let show = |variable: Option<&str>| {
        let mut command = krake();
        command
            .arg("--config")
            .arg(&path)
            .args(["config", "show", "server", "--origin"]);
        finish(command.envs(variable.map(|value| ("KRAKE_METRICS_INTERVAL", value))))
    };
    assert!(text(&show(None).stdout).contains("serve.yaml:1"));
    assert!(text(&show(Some("0.5")).stdout).contains("KRAKE_METRICS_INTERVAL"));
    assert!(text(&show(Some("0")).stderr).contains("less than 0.1"));
    for option in ["--metrics-interval=0.01", "--reschedule-after=1e300"] {
        let output = finish(krake().args(["serve", option]));
        assert_eq!(output.status.code(), Some(2), "{option}");
    }
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
        !stderr.contains("1 error(s)")
            && stderr.contains("listn")
            && stderr.contains("listen")
            && stderr.contains("serve.yaml:1"),
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
