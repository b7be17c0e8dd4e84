//! The original's clients, unmodified, against our API without controllers: its command `rok` through every
//! kind and verb that it knows, and every method of its library.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Server, finish, root, text};

/// Python with the clients installed; `cargo xtask setup` does that, `cargo xtask test` says where.
fn python() -> Option<PathBuf> {
    let clients = std::env::var_os("ALASCA_KRAKE_CLIENTS");
    if clients.is_none() {
        println!(
            "skipped: ALASCA_KRAKE_CLIENTS does not name the original's clients (cargo xtask test sets it)"
        );
    }
    clients.map(|clients| Path::new(&clients).join("bin/python"))
}

/// Commands of `rok` in order, each with a word that its output contains.
const STORY: &[(&str, &str)] = &[
    (
        "core gmp create grid --type prometheus --url http://p:9090",
        "http://p:9090",
    ),
    (
        "core gmp create table --type kafka --url http://k --table t --comparison-column c --value-column v",
        "kafka",
    ),
    ("core gmp list", "grid"),
    ("core gmp get grid -o yaml", "url: http://p:9090"),
    ("core gmp update grid --url http://p:9091", "http://p:9091"),
    ("core gm create wind --gmp-name grid --min 0 --max 1", "wind"),
    ("core gm list", "wind"),
    ("core gm get wind -o json", "\"max\": 1"),
    ("core gm update wind --max 5 --allowed-values 1 3", "5"),
    ("core mp create local --type static -m heat 0.6", "heat"),
    ("core mp list -a", "local"),
    ("core mp get local", "static"),
    ("core mp update local -m heat 0.7", "0.7"),
    (
        "core metric create heat --mp-name local --min 0 --max 5 --metric-name heat",
        "heat",
    ),
    ("core metric list -a", "heat"),
    ("core metric get heat", "local"),
    ("core metric update heat --min 1", "heat"),
    (
        "infra gip register im --type im --url http://im --username u --password p",
        "http://im",
    ),
    ("infra gip list", "im"),
    ("infra gip get im", "http://im"),
    ("infra gip update im --username other --password p", "im"),
    (
        "infra ip register im --type im --url http://im --username u --password p",
        "http://im",
    ),
    ("infra ip list -a", "im"),
    ("infra ip get im", "http://im"),
    (
        "infra ip update im --url http://other --password p",
        "http://other",
    ),
    (
        "infra gc register north --type openstack --url http://k --username u --password p --project g \
         --global-infra-provider im --global-metric wind 0.5 -l location=NO",
        "north",
    ),
    ("infra gc list", "north"),
    ("infra gc get north", "wind"),
    ("infra gc update north --project other --password p", "north"),
    (
        "infra cloud register south --type openstack --url http://k --username u --password p --project g \
         --infra-provider im --metric heat 1.5",
        "south",
    ),
    ("infra cloud list -a", "south"),
    ("infra cloud get south", "heat"),
    ("infra cloud update south --username other --password p", "south"),
    (
        "kube cluster register -k KUBECONFIG -l location=DE --global-metric wind 1.0 -R crontabs.example.com",
        "example",
    ),
    (
        "kube cluster create made -f examples/krake/cluster-tosca.yaml -L 'location is DE'",
        "made",
    ),
    ("kube cluster list -a", "PENDING"),
    ("kube cluster get example", "wind"),
    ("kube cluster update example -l tier=test", "tier"),
    (
        "kube app create echo -f examples/krake/echo.yaml -L 'location is DE' -M 'wind > 0.5' -R crontabs.example.com \
         -l a=b --backoff 2 --backoff_delay 3 --backoff_limit 4 --hook-complete",
        "PENDING",
    ),
    (
        "kube app create tosca -u http://example.com/a.yaml --hook-shutdown 5",
        "PENDING",
    ),
    (
        "kube app create observed -f examples/krake/echo.yaml -O examples/krake/echo-observer-schema.yaml \
         --wait pending",
        "observed",
    ),
    ("kube app list -a", "echo"),
    ("kube app get echo", "location is DE"),
    ("kube app get echo -o json", "\"backoff\": 2"),
    (
        "kube app update echo -L 'location is not DE' --disable-migration",
        "location is not DE",
    ),
    (
        "os project create lab --template t --auth-url http://k --application-credential i s",
        "lab",
    ),
    ("os project list -a", "lab"),
    ("os project get lab", "http://k"),
    (
        "os project update lab --template other --user-id u --password p --project-id i",
        "other",
    ),
    (
        "os cluster create magnum --master-count 1 --node-count 2 -L 'location is DE'",
        "magnum",
    ),
    ("os cluster list -a", "magnum"),
    ("os cluster get magnum", "magnum"),
    ("os cluster update magnum --node-count 3", "magnum"),
    ("kube app delete echo", "echo"),
    ("kube app delete tosca --force", "tosca"),
    ("kube cluster delete example", "example"),
    ("kube cluster delete made --force", "made"),
    ("os cluster delete magnum", "magnum"),
    ("os project delete lab", "lab"),
    ("infra cloud delete south", "south"),
    ("infra gc delete north", "north"),
    ("infra ip delete im", "im"),
    ("infra gip delete im", "im"),
    ("core metric delete heat", "heat"),
    ("core mp delete local", "local"),
    ("core gm delete wind", "wind"),
    ("core gmp delete grid", "grid"),
];

/// Runs `rok`, which reads `rok.yaml` in the directory where it is started.
fn rok(python: &Path, directory: &Path, arguments: &[String]) -> (bool, String, String) {
    let mut command = Command::new(python);
    command
        .args(["-m", "rok"])
        .args(arguments)
        .current_dir(directory)
        .env_clear();
    let output = finish(command.env("COLUMNS", "400").env("HOME", directory));
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn the_originals_command_works_through_every_kind_and_verb() {
    let Some(python) = python() else { return };
    let server = Server::start(&["--only", "api"]);
    let directory = server.directory.path();
    std::fs::write(
        directory.join("rok.yaml"),
        format!("api_url: {}\nuser: system:admin\n", server.url),
    )
    .unwrap();
    let mut failures = Vec::new();
    for (line, expected) in STORY {
        let arguments: Vec<String> = super::process::words(line)
            .into_iter()
            .map(|word| match word.as_str() {
                "KUBECONFIG" => root()
                    .join("examples/krake/kubeconfig.yaml")
                    .display()
                    .to_string(),
                file if file.starts_with("examples/") => root().join(file).display().to_string(),
                other => other.to_owned(),
            })
            .collect();
        let (is_success, stdout, stderr) = rok(&python, directory, &arguments);
        let is_problem = stdout.contains("\"status\": 4") || stderr.contains("Traceback");
        if !is_success || is_problem || !stdout.contains(expected) {
            failures.push(format!("rok {line}\n{stdout}\n{stderr}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_originals_command_shows_our_problem_documents() {
    let Some(python) = python() else { return };
    let server = Server::start(&["--only", "api"]);
    let directory = server.directory.path();
    std::fs::write(
        directory.join("rok.yaml"),
        format!("api_url: {}\nuser: system:admin\n", server.url),
    )
    .unwrap();
    for (line, expected) in [
        (
            "kube app get nope",
            "'Application' 'nope' does not exist in namespace 'system:admin'",
        ),
        ("kube app retry nope", "does not exist"),
    ] {
        let (is_success, stdout, stderr) = rok(&python, directory, &super::process::words(line));
        assert!(!is_success);
        assert!(
            format!("{stdout}{stderr}").contains(expected),
            "{line}\n{stdout}\n{stderr}"
        );
    }
}

#[test]
fn every_method_of_the_originals_library_works() {
    let Some(python) = python() else { return };
    let server = Server::start(&["--only", "api"]);
    let clients = root().join("tests/clients");
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(clients.join("library.py"))
        .arg(&server.url)
        .env_clear()
        .env("PYTHONPATH", &clients);
    let output = finish(&mut command);
    assert!(
        text(&output.stdout).contains("all methods worked"),
        "{}\n{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}
