//! `--wait`: ends when the state is reached, says why it is not, and gives up in time.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::process::{Server, text};

const ECHO: &str = "examples/krake/echo.yaml";

#[test]
fn waiting_for_a_state_that_is_reached_ends_at_once() {
    let server = Server::start(&["--only", "api"]);
    let created = server.ok(&[
        "kube",
        "app",
        "create",
        "a",
        "-f",
        ECHO,
        "--wait=pending",
        "-o",
        "name",
    ]);
    assert_eq!(created, "application/a\n");
}

#[test]
fn a_wait_that_takes_too_long_says_for_what_and_why_and_has_an_exit_code_of_its_own() {
    let server = Server::start(&["--only", "api"]);
    let create = [
        "kube",
        "app",
        "create",
        "a",
        "-f",
        ECHO,
        "--wait",
        "--timeout",
        "1s",
    ];
    let output = server.run(&create);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert_eq!(text(&output.stdout), "");
    for part in [
        "a did not run within 1s: a is PENDING, on no cluster yet",
        "krake kube app events a -n system:admin",
    ] {
        assert!(stderr.contains(part), "{part} is missing in {stderr}");
    }
    let output = server.run(&["kube", "app", "delete", "a", "--wait", "--timeout", "1"]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert!(stderr.contains("a did not go away within 1s"), "{stderr}");
}

#[test]
fn a_time_limit_without_a_wait_is_refused() {
    let server = Server::start(&["--only", "api"]);
    let output = server.run(&["kube", "app", "create", "a", "-f", ECHO, "--timeout", "1s"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("--wait"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_wait_outlives_a_restart_of_the_server() {
    let server = Server::start(&["--only", "api"]);
    server.ok(&["kube", "app", "create", "a", "-f", ECHO]);
    let mut waiting = server
        .command(&["kube", "app", "delete", "a", "--wait", "-o", "name"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(waiting.stderr.take().unwrap()).lines();
    assert!(said.next().unwrap().unwrap().contains("a is PENDING"));
    let (directory, address) = (server.directory.clone(), server.url.replace("http://", ""));
    assert_eq!(server.stop("-TERM"), Some(0));
    assert!(said.next().unwrap().unwrap().contains("got no answer"));
    // This one has a garbage collector, which lets the application go.
    let _server = Server::start_at(&address, directory, &["--only", "api,gc"]);
    let output = waiting.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "application/a\n");
}
