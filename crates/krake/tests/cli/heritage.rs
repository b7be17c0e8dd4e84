//! What a cluster has from its cloud is marked.

use http::Method;
use krake::api::{Cluster, GlobalCloud, ResourceRef};
use krake::client::{Client, TlsMaterial};
use serde_json::{Value, json};

use super::process::Server;

const CREATE: [&str; 10] = [
    "kube",
    "cluster",
    "create",
    "heir",
    "-f",
    "examples/krake/cluster-tosca.yaml",
    "--inherit-labels",
    "--inherit-metrics",
    "-l",
    "tier=test",
];
const REGISTER: [&str; 20] = [
    "infra",
    "gcloud",
    "register",
    "north",
    "--url",
    "http://keystone",
    "--username",
    "krake",
    "--password",
    "secret",
    "--project",
    "green",
    "--global-infra-provider",
    "im",
    "-l",
    "location=NO",
    "--global-metric",
    "wind",
    "0.5",
    "--type=openstack",
];

#[tokio::test]
async fn labels_and_metrics_that_a_cluster_inherits_are_marked_in_its_table_only() {
    let server = Server::start(&["--only", "api"]);
    server.ok(&[
        "infra",
        "gprovider",
        "register",
        "im",
        "--url",
        "http://im",
        "--token",
        "t",
    ]);
    server.ok(&REGISTER);
    server.ok(&CREATE);
    let client = Client::http(&server.url, &TlsMaterial::default()).unwrap();
    let path = client.path_of::<Cluster>(Some("system:admin"), "heir");
    let binding = json!({"cloud": ResourceRef::to::<GlobalCloud>(None, "north")});
    let _: Value = client
        .request(Method::PUT, &format!("{path}/binding"), Some(&binding))
        .await
        .unwrap();
    let shown = server.ok(&["kube", "cluster", "get", "heir"]);
    for line in [
        "tier: test\n",
        "location: NO (inherited)\n",
        "wind: 0.5 (global) (inherited)\n",
    ] {
        assert!(shown.contains(line), "{line} is missing in {shown}");
    }
    let document = server.ok(&["kube", "cluster", "get", "heir", "-o", "yaml"]);
    assert!(!document.contains("location: NO"), "{document}");
}
