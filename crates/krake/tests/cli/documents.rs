//! The original's own documents load unchanged.

use std::path::PathBuf;

use super::process::{Server, finish, krake, text};

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("ALASCA_CONFORMANCE_DATA").map(|data| PathBuf::from(data).join("krake"));
    if data.is_none() {
        println!("skipped: ALASCA_CONFORMANCE_DATA does not name the original's files");
    }
    data
}

fn yaml_files(directory: PathBuf) -> Vec<String> {
    let entries = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let yaml = entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let mut files: Vec<String> = yaml.map(|path| path.display().to_string()).collect();
    files.sort();
    files
}

#[test]
fn applications_clusters_roles_and_metrics_of_the_original_are_accepted() {
    let Some(data) = data() else { return };
    let server = Server::start(&["--only", "api"]);
    let path = |below: &str| data.join(below).display().to_string();
    for (index, file) in yaml_files(data.join("applications/k8s")).iter().enumerate() {
        server.ok(&["kube", "app", "create", &format!("k8s-{index}"), "-f", file]);
    }
    for (index, file) in yaml_files(data.join("applications/tosca")).iter().enumerate() {
        let name = format!("tosca-{index}");
        if file.contains("im-cluster") {
            server.ok(&["kube", "cluster", "create", &name, "-f", file]);
        } else {
            server.ok(&["kube", "app", "create", &name, "-f", file]);
        }
    }
    for (manifest, schema) in [
        ("echo-demo", "echo-demo-observer-schema-standard"),
        ("echo-demo", "echo-demo-observer-schema-custom-1"),
        ("hook-shutdown", "hook-shutdown-observer"),
        ("pvc-pod", "pvc-pod-observer-schema"),
    ] {
        let manifest = path(&format!("applications/k8s/{manifest}.yaml"));
        let observer = path(&format!("applications/observer-schemas/{schema}.yaml"));
        server.ok(&["kube", "app", "create", schema, "-f", &manifest, "-O", &observer]);
    }
    server.ok(&["bootstrap", &path("bootstrapping/base_roles.yaml")]);
    server.ok(&[
        "bootstrap",
        &path("metrics/prometheus_metrics.yaml"),
        &path("metrics/static_metrics.yaml"),
    ]);
    assert_eq!(
        server.ok(&["core", "gm", "list", "-o", "name"]).lines().count(),
        8
    );
}

/// Values for the placeholders of the templates, as the original's generator fills them in.
const PLACEHOLDERS: [(&str, &str); 22] = [
    ("$api_host", "127.0.0.1"),
    ("$api_port", "0"),
    ("$api_endpoint", "http://127.0.0.1:8080"),
    ("$etcd_host", "127.0.0.1"),
    ("$etcd_port", "2379"),
    ("$tls_enabled", "false"),
    ("$cert_dir", "tmp/pki"),
    ("$allow_anonymous", "false"),
    ("$keystone_authentication_enabled", "false"),
    ("$keystone_authentication_endpoint", "http://localhost:5000/v3"),
    ("$keycloak_authentication_enabled", "false"),
    ("$keycloak_authentication_endpoint", "http://localhost:9080"),
    ("$keycloak_authentication_realm", "krake"),
    ("$static_authentication_enabled", "true"),
    ("$static_authentication_username", "system:admin"),
    ("$cors_origin", "*"),
    ("$authorization_mode", "RBAC"),
    ("$docs_problem_base_url", "http://localhost/problems"),
    ("$logging_level", "INFO"),
    ("$worker_count", "5"),
    ("$reschedule_after", "30"),
    ("$stickiness", "0.2"),
];

/// A template with its placeholders filled in; those that belong to dropped keys get any text.
fn fill_in(template: &str) -> String {
    let mut text = template.to_owned();
    for (placeholder, value) in PLACEHOLDERS {
        text = text.replace(placeholder, value);
    }
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("$external"));
    lines
        .map(|line| line.replace('$', ""))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn configuration_templates_of_the_original_are_understood() {
    let Some(data) = data() else { return };
    let directory = tempfile::tempdir().unwrap();
    for (template, whose) in [
        ("api", "server"),
        ("scheduler", "server"),
        ("kubernetes_application", "server"),
        ("kubernetes_cluster", "server"),
        ("garbage_collector", "server"),
        ("infrastructure", "server"),
        ("magnum", "server"),
        ("krakectl", "client"),
    ] {
        let text_of = std::fs::read_to_string(data.join(format!("config/{template}.yaml.template"))).unwrap();
        let path = directory.path().join(format!("{template}.yaml"));
        std::fs::write(&path, fill_in(&text_of)).unwrap();
        let output = finish(krake().arg("--config").arg(&path).args(["config", "show", whose]));
        assert!(output.status.success(), "{template}: {}", text(&output.stderr));
    }
}
