//! Roles decide: each part of Krake works with the rights that it has and no others, in one process and apart,
//! also where the original's roles were bootstrapped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use alasca_tests::lab::{Lab, LabCluster};
use krake::api::{Application, ApplicationState, Cluster, Kind};
use krake::client::{Client, DeleteOptions, Error, TlsMaterial};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::{Value, json};

use crate::process::{Process, page, program, until_page};

const TARN: Option<&str> = Some("tarn");
const PARTS: [(&str, &str); 4] = [
    ("scheduler", "system:scheduler"),
    ("application", "system:kubernetes-application"),
    ("cluster", "system:kubernetes-cluster"),
    ("gc", "system:gc"),
];

/// Certificates of the server and of users, as files `<name>.pem` and `<name>-key.pem` beside `ca.pem`.
struct Pki {
    directory: tempfile::TempDir,
}

impl Pki {
    fn new(users: impl Iterator<Item = &'static str>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let pki = Self { directory };
        std::fs::write(pki.file("ca.pem"), authority.pem()).unwrap();
        for user in users {
            let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
            params.distinguished_name.push(DnType::CommonName, user);
            let key = KeyPair::generate().unwrap();
            let certificate = params.signed_by(&key, &authority).unwrap();
            std::fs::write(pki.file(&format!("{user}.pem")), certificate.pem()).unwrap();
            std::fs::write(pki.file(&format!("{user}-key.pem")), key.serialize_pem()).unwrap();
        }
        pki
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn client(&self, url: &str, user: &str) -> Client {
        let read = |name: &str| std::fs::read(self.file(name)).unwrap();
        let tls = TlsMaterial {
            authorities: Some(read("ca.pem")),
            identity: Some([read(&format!("{user}.pem")), read(&format!("{user}-key.pem"))].concat()),
        };
        Client::http(url, &tls).unwrap()
    }
}

/// `krake serve`, with its log in a file.
fn serve(log: &Path, options: &[&str]) -> Process {
    let log = std::fs::File::create(log).unwrap();
    Process::run(
        Command::new(program()).arg("serve").args(options),
        Stdio::from(log),
    )
}

/// A file of the original's, where somebody has laid its files.
fn originals_roles() -> Option<PathBuf> {
    let data = PathBuf::from(std::env::var_os("ALASCA_CONFORMANCE_DATA")?);
    Some(data.join("krake/bootstrapping/base_roles.yaml"))
}

async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(30), asking).await;
    found.unwrap_or_else(|_| panic!("{what}: not in time"))
}

async fn create<K: Kind>(client: &Client, object: Value) -> K {
    let object: K = serde_json::from_value(object).unwrap();
    client.create(&object).await.unwrap()
}

async fn is_erased<K: Kind>(client: &Client, namespace: Option<&str>, name: &str) {
    until(&format!("{name} erased"), async || {
        let found = client.get::<K>(namespace, name).await;
        found
            .is_err_and(|error: Error| error.is_not_found())
            .then_some(())
    })
    .await;
}

/// An application is placed by a metric, runs, and goes with its cluster: every part has to do its work.
async fn story(client: &Client, lab: &LabCluster) {
    let namespace = lab.namespace("krake-roles").await.unwrap();
    let mut kubeconfig = lab.kubeconfig.clone();
    kubeconfig["contexts"][0]["context"]["namespace"] = json!(namespace.name);
    let provider = json!({"metadata": {"name": "static", "namespace": "tarn"},
        "spec": {"type": "static", "static": {"metrics": {"wind": 0.5}}}});
    create::<krake::api::MetricsProvider>(client, provider).await;
    let metric = json!({"metadata": {"name": "wind", "namespace": "tarn"}, "spec": {"min": 0, "max": 1,
        "allowed_values": [], "provider": {"name": "static", "metric": "wind"}}});
    create::<krake::api::Metric>(client, metric).await;
    let cluster = json!({"metadata": {"name": "c1", "namespace": "tarn"}, "spec": {"kubeconfig": kubeconfig,
        "metrics": [{"name": "wind", "weight": 1.0, "namespaced": true}], "constraints": {"cloud": {}}}});
    create::<Cluster>(client, cluster).await;
    let manifest = json!([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reed"}}]);
    let application = json!({"metadata": {"name": "pond", "namespace": "tarn"},
        "spec": {"manifest": manifest, "constraints": {"cluster": {"metrics": ["wind > 0.2"]}}}});
    create::<Application>(client, application).await;
    until("pond running", async || {
        let pond = client.get::<Application>(TARN, "pond").await.unwrap();
        (pond.status.state == ApplicationState::Running).then_some(())
    })
    .await;
    until("the scheduler's event", async || {
        let events = client.events::<Application>(TARN, "pond").await.unwrap();
        events
            .iter()
            .any(|event| event.reason == "Scheduled")
            .then_some(())
    })
    .await;
    client
        .delete::<Cluster>(TARN, "c1", &DeleteOptions::default())
        .await
        .unwrap();
    is_erased::<Application>(client, TARN, "pond").await;
    is_erased::<Cluster>(client, TARN, "c1").await;
}

fn assert_never_refused(log: &Path) {
    let log = std::fs::read_to_string(log).unwrap();
    let refusals: Vec<&str> = log.lines().filter(|line| line.contains("may not")).collect();
    assert!(refusals.is_empty(), "{refusals:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_works_with_its_own_certificate_and_rights() {
    let pki = Pki::new(
        PARTS
            .iter()
            .map(|(_, user)| *user)
            .chain(["system:admin", "api", "nobody"]),
    );
    let path = |name: &str| pki.file(name).display().to_string();
    let (ca, data) = (path("ca.pem"), path("data"));
    let (certificate, key) = (path("api.pem"), path("api-key.pem"));
    let mut options = vec!["--only", "api", "--listen", "127.0.0.1:0", "--data-dir", &data];
    options.extend([
        "--authorization",
        "RBAC",
        "--client-ca",
        &ca,
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
    ]);
    let roles = originals_roles().map(|file| file.display().to_string());
    match &roles {
        Some(roles) => options.extend(["--bootstrap", roles]),
        None => println!("without the original's roles: ALASCA_CONFORMANCE_DATA does not name its files"),
    }
    let api = serve(&pki.file("api.log"), &options);
    let mut parts = Vec::new();
    for (part, user) in PARTS {
        let (certificate, key) = (path(&format!("{user}.pem")), path(&format!("{user}-key.pem")));
        let mut options = vec![
            "--only",
            part,
            "--listen",
            "127.0.0.1:0",
            "--api-endpoint",
            &api.url,
        ];
        options.extend([
            "--client-ca",
            &ca,
            "--client-cert",
            &certificate,
            "--client-key",
            &key,
        ]);
        let process = serve(&pki.file(part), &options);
        until_page(&format!("{}/readyz", process.url), |status, _| status == 200).await;
        parts.push(process);
    }
    story(
        &pki.client(&api.url, "system:admin"),
        &Lab::clusters().unwrap()[0],
    )
    .await;
    for (part, _) in PARTS {
        assert_never_refused(&pki.file(part));
    }
    let nobody = pki.client(&api.url, "nobody");
    let refused = nobody.get::<Application>(TARN, "pond").await.unwrap_err();
    assert_eq!(refused.status(), Some(403));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_parts_work_in_one_process_in_which_roles_decide() {
    let directory = tempfile::tempdir().unwrap();
    let (data, log) = (directory.path().join("data"), directory.path().join("log"));
    let data = data.to_str().unwrap();
    let options = [
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        data,
        "--authorization",
        "RBAC",
    ];
    let server = serve(&log, &options);
    until_page(&format!("{}/readyz", server.url), |status, _| status == 200).await;
    let client = Client::http(&server.url, &TlsMaterial::default()).unwrap();
    story(&client, &Lab::clusters().unwrap()[0]).await;
    assert_never_refused(&log);
}

#[tokio::test(flavor = "multi_thread")]
async fn first_objects_are_stored_once_and_what_users_made_of_them_stays() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name).display().to_string();
    let (data, roles, more, bad) = (
        file("data"),
        file("roles.yaml"),
        file("more.yaml"),
        file("bad.yaml"),
    );
    let role = |name: &str, verb: &str| {
        format!(
            "api: core\nkind: Role\nmetadata: {{name: {name}}}\nrules: \
             [{{api: core, resources: [roles], namespaces: [''], verbs: [{verb}]}}]\n"
        )
    };
    std::fs::write(&roles, role("a", "get")).unwrap();
    std::fs::write(&more, format!("{}---\n{}", role("b", "get"), role("c", "list"))).unwrap();
    std::fs::write(&bad, format!("{}---\n{}", role("d", "get"), role("e", "fly"))).unwrap();
    let common = ["--only", "api", "--listen", "127.0.0.1:0", "--data-dir", &data];
    let start = |options: &[&str]| Process::start(&[&common, options].concat());
    let verbs = async |server: &Process| {
        let (_, list) = page(&format!("{}/core/roles", server.url)).await.unwrap();
        let list: Value = serde_json::from_str(&list).unwrap();
        let verb = |role: &Value| role["rules"][0]["verbs"][0].as_str().unwrap().to_owned();
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(verb)
            .collect::<Vec<_>>()
    };
    let server = start(&["--bootstrap", &roles, "--bootstrap", &more]);
    assert_eq!(verbs(&server).await, ["get", "get", "list"]);
    drop(server);
    std::fs::write(&roles, role("a", "delete")).unwrap();
    let server = start(&["--bootstrap", &roles]);
    assert_eq!(verbs(&server).await, ["get", "get", "list"], "what exists stays");
    drop(server);
    let server = start(&["--bootstrap", &roles, "--bootstrap-force"]);
    assert_eq!(verbs(&server).await, ["delete", "get", "list"]);
    drop(server);
    let mut refused = Command::new(program());
    refused
        .arg("serve")
        .args(common)
        .args(["--bootstrap", &roles, "--bootstrap", &bad]);
    let refused = refused.stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(
        told.contains("bad.yaml, document 2, Role 'e'") && told.contains("rules.0.verbs.0"),
        "{told}"
    );
    let server = start(&[]);
    assert_eq!(
        verbs(&server).await,
        ["delete", "get", "list"],
        "nothing of it was stored"
    );
}
