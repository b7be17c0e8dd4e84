//! `explain` and `--dry-run` tell what the server's own scheduler would do.

use krake::api::{Application, Cluster, ResourceRef};
use krake::client::{Client, TlsMaterial};

use super::process::{Server, text};

const NAMESPACE: &str = "system:admin";
const ECHO: &str = "examples/krake/echo.yaml";

/// A server without controllers, with an application that is bound to a cluster by hand.
async fn server(options: &[&str]) -> Server {
    let server = Server::start(&[&["--only", "api"], options].concat());
    server.ok(&[
        "kube",
        "cluster",
        "register",
        "-k",
        "examples/krake/kubeconfig.yaml",
    ]);
    server.ok(&["kube", "app", "create", "echo", "-f", ECHO]);
    let client = Client::http(&server.url, &TlsMaterial::default()).unwrap();
    let application = client.get::<Application>(Some(NAMESPACE), "echo").await.unwrap();
    let cluster = ResourceRef::to::<Cluster>(Some(NAMESPACE), "example");
    client.bind_application(&application, &cluster).await.unwrap();
    server
}

#[tokio::test]
async fn an_explanation_goes_by_the_settings_of_the_server() {
    let server = server(&["--reschedule-after", "4321", "--stickiness", "0.25"]).await;
    let output = server.run(&["explain", "app", "echo"]);
    let (shown, warned) = (text(&output.stdout), text(&output.stderr));
    assert!(shown.contains("reschedule_after 4321 s"), "{shown}");
    assert_eq!(warned, "");
    let other = server.ok(&["explain", "app", "echo", "--reschedule-after", "1234.5"]);
    assert!(other.contains("reschedule_after 1234.5 s"), "{other}");
}

#[tokio::test]
async fn settings_that_the_server_does_not_know_are_told_to_be_assumed() {
    let server = server(&[]).await;
    let output = server.run(&["explain", "app", "echo"]);
    assert!(text(&output.stdout).contains("reschedule_after 60 s"));
    assert!(text(&output.stderr).contains("runs apart from the API"));
    let flags = [
        "explain",
        "app",
        "echo",
        "--reschedule-after",
        "9",
        "--stickiness",
        "1",
    ];
    assert_eq!(text(&server.run(&flags).stderr), "");
}

#[tokio::test]
async fn a_dry_run_of_an_update_tells_where_the_application_would_go_and_stores_nothing() {
    let server = server(&["--reschedule-after", "4321", "--stickiness", "0.25"]).await;
    let before = server.ok(&["kube", "app", "get", "echo", "-o", "json"]);
    let update = [
        "kube",
        "app",
        "update",
        "echo",
        "-L",
        "location is NO",
        "--dry-run",
    ];
    let told = server.ok(&update);
    assert!(told.contains("NO: ") && told.contains("location is NO"), "{told}");
    assert_eq!(server.ok(&["kube", "app", "get", "echo", "-o", "json"]), before);
    let nothing = server.run(&["kube", "app", "update", "echo", "--dry-run"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(text(&nothing.stderr).contains("no change"));
}
