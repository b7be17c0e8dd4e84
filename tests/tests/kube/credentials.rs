//! The ways to log in that a kubeconfig can carry within itself. Those that run programs or read files are refused
//! where kubeconfigs are read and where they are stored.

use alasca_tests::confined;
use alasca_tests::lab::Lab;
use common::kube::{ApplyOptions, Connection, Failure, ObjectId, Readiness, Timeouts};
use serde_json::{Value, json};

async fn connect(kubeconfig: &Value) -> Connection {
    Connection::new(kubeconfig, Timeouts::default()).await.unwrap()
}

/// May write in the namespace, sees no nodes, and learns all the same that the server is ready.
async fn is_confined(kubeconfig: &Value) {
    let connection = connect(kubeconfig).await;
    let moss = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "moss"}});
    let applied = connection.apply(&moss, &ApplyOptions::new("test")).await.unwrap();
    assert!(
        connection
            .get(&ObjectId::of(&applied.object).unwrap())
            .await
            .unwrap()
            .is_some()
    );
    let elsewhere = ObjectId {
        namespace: Some("kube-system".to_owned()),
        ..ObjectId::of(&moss).unwrap()
    };
    let error = connection.get(&elsewhere).await.unwrap_err();
    assert!(error.is_denied() && !error.is_unreachable(), "{error}");
    assert_eq!(connection.readiness().await.unwrap(), Readiness::Ready);
}

#[tokio::test]
async fn a_token_and_a_client_certificate_log_in() {
    let cluster = Lab::clusters().unwrap().remove(0);
    for way in ["token", "certificate"] {
        let namespace = cluster.namespace(&format!("kube-{way}")).await.unwrap();
        let kubeconfig = match way {
            "token" => confined::by_token(&cluster, &namespace.name).await.unwrap(),
            _ => confined::by_certificate(&cluster, &namespace.name).await.unwrap(),
        };
        is_confined(&kubeconfig).await;
    }
}

#[tokio::test]
async fn a_wrong_token_and_a_foreign_certificate_do_not() {
    let mut kubeconfig = Lab::clusters().unwrap().remove(0).kubeconfig;
    kubeconfig["users"][0]["user"] = json!({"token": "canary"});
    let error = connect(&kubeconfig).await.readiness().await.unwrap_err();
    assert!(
        error.is_denied() && !error.to_string().contains("canary"),
        "{error}"
    );
    let foreign = rcgen::generate_simple_self_signed(["canary".to_owned()]).unwrap();
    let encoded = |text: String| k8s_openapi::ByteString(text.into_bytes());
    kubeconfig["users"][0]["user"] = json!({
        "client-certificate-data": encoded(foreign.cert.pem()),
        "client-key-data": encoded(foreign.signing_key.serialize_pem()),
    });
    let error = connect(&kubeconfig).await.readiness().await.unwrap_err();
    assert!(error.is_denied() || error.is_unreachable(), "{error}");
}

#[tokio::test]
async fn a_kubeconfig_that_runs_a_program_or_reads_a_file_is_refused_with_the_path() {
    let good = Lab::clusters().unwrap().remove(0).kubeconfig;
    for (path, value) in [
        (
            "users.0.user.exec",
            json!({"command": "touch", "args": ["owned"], "apiVersion": "client.authentication.k8s.io/v1"}),
        ),
        ("users.0.user.tokenFile", json!("/etc/hostname")),
        ("users.0.user.auth-provider", json!({"name": "oidc"})),
        ("users.0.user.client-certificate", json!("/etc/hostname")),
        ("users.0.user.client-key", json!("/etc/hostname")),
        ("clusters.0.cluster.certificate-authority", json!("/etc/hostname")),
        ("clusters.0.cluster.proxy-url", json!("http://127.0.0.1:1")),
    ] {
        let mut hostile = good.clone();
        let (parent, member) = path.rsplit_once('.').unwrap();
        let parent = format!("/{}", parent.replace('.', "/"));
        hostile.pointer_mut(&parent).unwrap()[member] = value;
        let error = Connection::new(&hostile, Timeouts::default()).await.unwrap_err();
        let Failure::Kubeconfig { path: told, why } = &error.failure else {
            panic!("{path}: {error}");
        };
        assert!(told == path && !why.is_empty(), "{path}: {error}");
    }
}
