//! What a user sees when something is wrong: what, where, and an exit code.

use super::process::{Server, finish, krake, text};

const ECHO: &str = "examples/krake/echo.yaml";

struct Case {
    arguments: &'static [&'static str],
    code: i32,
    says: &'static [&'static str],
}

#[test]
fn errors_say_what_is_wrong_and_exit_by_the_table() {
    let server = Server::start(&["--only", "api"]);
    server.ok(&["kube", "app", "create", "there", "-f", ECHO]);
    let cases = [
        Case {
            arguments: &["kube", "app", "get", "nope"],
            code: 4,
            says: &["'Application' 'nope' does not exist"],
        },
        Case {
            arguments: &["kube", "app", "create", "there", "-f", ECHO],
            code: 1,
            says: &["already exists in namespace 'system:admin'"],
        },
        Case {
            arguments: &["kube", "app", "create", "bad!", "-f", ECHO],
            code: 1,
            says: &["metadata.name", "Invalid character"],
        },
        Case {
            arguments: &["kube", "app", "create", "bad!", "-f", ECHO, "--dry-run"],
            code: 2,
            says: &["metadata.name", "Invalid character"],
        },
        Case {
            arguments: &["kube", "app", "create", "a"],
            code: 2,
            says: &["needs content"],
        },
        Case {
            arguments: &["kube", "app", "create", "a", "-f", ECHO, "-L", "location foo DE"],
            code: 2,
            says: &["column 10"],
        },
        Case {
            arguments: &["kube", "app", "create", "a", "-u", "http://x/a.tgz"],
            code: 2,
            says: &["CSAR"],
        },
        Case {
            arguments: &[
                "core", "mp", "create", "k", "--type", "kafka", "--url", "http://k",
            ],
            code: 2,
            says: &["requires --comparison-column to be specified"],
        },
        Case {
            arguments: &["kube", "app", "create", "a", "-f", "nowhere.yaml"],
            code: 2,
            says: &["nowhere.yaml"],
        },
    ];
    for Case {
        arguments,
        code,
        says,
    } in cases
    {
        let output = server.run(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        for part in says {
            assert!(
                stderr.contains(part),
                "{arguments:?}: {part} is missing in {stderr}"
            );
        }
    }
    assert_eq!(
        server.ok(&["kube", "app", "list", "-o", "name"]),
        "application/there\n"
    );
}

#[test]
fn a_kubeconfig_that_runs_a_program_is_refused_before_it_is_sent() {
    let server = Server::start(&["--only", "api"]);
    let path = server.directory.path().join("config");
    std::fs::write(
        &path,
        "current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n\
         clusters: [{name: c, cluster: {server: 'https://c'}}]\nusers: [{name: u, user: {exec: {command: aws}}}]\n",
    )
    .unwrap();
    let output = server.run(&["kube", "cluster", "register", "-k", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("logs in by 'exec'"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(server.ok(&["kube", "cluster", "list", "-o", "name"]), "");
}

#[test]
fn a_broken_document_is_shown_with_its_line_and_column() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("broken.yaml");
    std::fs::write(&path, "a: 1\nb: [1, 2\nc: 3\n").unwrap();
    let output = finish(krake().args(["bootstrap", path.to_str().unwrap()]));
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("broken.yaml:3:2"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_server_that_does_not_answer_is_named_with_a_way_out() {
    let output = finish(krake().args(["--api-url", "http://127.0.0.1:1", "kube", "app", "list"]));
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    for part in ["got no answer", "krake serve", "KRAKE_API_URL"] {
        assert!(stderr.contains(part), "{part} is missing in {stderr}");
    }
}
