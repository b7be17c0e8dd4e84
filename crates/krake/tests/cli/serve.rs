//! `krake serve` as a process: what it keeps, how it stops, how its parts work apart.

use std::process::{Command, Stdio};

use super::process::{Server, finish, first_line, krake, text};

const ECHO: &str = "examples/krake/echo.yaml";

#[test]
fn a_server_stops_at_once_on_a_signal_although_somebody_watches() {
    for signal in ["-TERM", "-INT"] {
        let server = Server::start(&[]);
        server.ok(&["kube", "app", "create", "a", "-f", ECHO]);
        let mut watcher = server
            .command(&["watch"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        first_line(&mut watcher);
        let began = std::time::Instant::now();
        assert_eq!(server.stop(signal), Some(0));
        assert!(
            began.elapsed() < std::time::Duration::from_secs(4),
            "took {:?}",
            began.elapsed()
        );
        watcher.kill().unwrap();
        watcher.wait().unwrap();
    }
}

#[test]
fn what_was_stored_is_there_after_a_restart() {
    let first = Server::start(&["--only", "api"]);
    first.ok(&["kube", "app", "create", "kept", "-f", ECHO]);
    let directory = first.directory.clone();
    assert_eq!(first.stop("-TERM"), Some(0));
    let second = Server::start_in(directory, &["--only", "api"]);
    assert_eq!(
        second.ok(&["kube", "app", "list", "-o", "name"]),
        "application/kept\n"
    );
}

#[test]
fn two_servers_never_share_a_data_directory() {
    let server = Server::start(&[]);
    let data = server.directory.path().join("data");
    let output = finish(
        krake()
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data),
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("in use by another process"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn controllers_work_as_processes_of_their_own_over_http() {
    let server = Server::start(&["--only", "api"]);
    let mut controllers = krake()
        .args([
            "serve",
            "--only",
            "gc,scheduler",
            "--log-level",
            "error",
            "--api-endpoint",
            &server.url,
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(
        first_line(&mut controllers),
        format!("gc,scheduler for {}", server.url)
    );
    server.ok(&["kube", "app", "create", "gone", "-f", ECHO]);
    server.ok(&["kube", "app", "delete", "gone", "--wait"]);
    assert_eq!(server.ok(&["kube", "app", "list", "-o", "name"]), "");
    let pid = controllers.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(controllers.wait().unwrap().code(), Some(0));
}

#[test]
fn a_bootstrap_stores_all_or_nothing() {
    let server = Server::start(&["--only", "api"]);
    let roles = "examples/krake/roles.yaml";
    let metrics = "examples/krake/metrics.yaml";
    server.ok(&["core", "role", "create", "platform-operator"]);
    let output = server.run(&["bootstrap", metrics, roles]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("nothing was stored"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(
        server.ok(&["core", "role", "list", "-o", "name"]),
        "role/platform-operator\n"
    );
    server.ok(&["bootstrap", "--force", metrics, roles]);
    server.ok(&["bootstrap", "--force", metrics, roles]);
    assert_eq!(
        server.ok(&["core", "role", "list", "-o", "name"]),
        "role/application-owner\nrole/platform-operator\n"
    );
}
