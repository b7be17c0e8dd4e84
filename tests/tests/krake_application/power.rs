//! `krake serve` as a process of its own that is killed without warning.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use alasca_tests::lab::Lab;
use common::kube::Propagation;
use krake::api::{Application, ApplicationState, Cluster, ClusterState};
use krake::client::{Client, DeleteOptions, Namespaces};
use serde_json::{Value, json};

use crate::krake::{Krake, Site, TARN, config_map, until};
use alasca_tests::relay::Mood;

struct Process {
    child: Child,
    client: Client,
    address: String,
    data: tempfile::TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Process {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let data = tempfile::tempdir().unwrap();
        let process = Self {
            child: serve(&address, &data),
            client: Client::http(
                &format!("http://{address}"),
                &krake::client::TlsMaterial::default(),
            )
            .unwrap(),
            address,
            data,
        };
        process.is_ready().await;
        process
    }

    /// SIGKILL.
    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    async fn restart(&mut self) {
        self.kill();
        self.child = serve(&self.address, &self.data);
        self.is_ready().await;
    }

    async fn is_ready(&self) {
        until("krake serve", async || {
            self.client
                .list::<Cluster>(Namespaces::All, &krake::client::ListOptions::default())
                .await
                .ok()
        })
        .await;
    }

    async fn becomes(&self, name: &str, holds: impl Fn(&Application) -> bool) -> Application {
        until(name, async || {
            self.client
                .get::<Application>(Some(TARN), name)
                .await
                .ok()
                .filter(|application| holds(application))
        })
        .await
    }

    async fn submit(&self, name: &str, manifest: &[Value]) {
        let application = json!({"metadata": {"name": name, "namespace": TARN},
            "spec": {"manifest": manifest, "constraints": {"cluster": {}}}});
        let application: Application = serde_json::from_value(application).unwrap();
        self.client.create(&application).await.unwrap();
    }

    async fn is_erased(&self, name: &str) {
        until(&format!("{name} erased"), async || {
            let found = self.client.get::<Application>(Some(TARN), name).await;
            found.is_err_and(|error| error.is_not_found()).then_some(())
        })
        .await;
    }
}

/// The binary lies beside the tests' folder.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("krake")
}

fn serve(address: &str, data: &tempfile::TempDir) -> Child {
    Command::new(program())
        .args(["serve", "--listen", address, "--data-dir"])
        .arg(data.path().join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn power_cuts_lose_nothing_and_leave_nothing() {
    let lab = Lab::clusters().unwrap();
    let site = Site::new("c1", &lab[0], "krake-power").await;
    let mut process = Process::start().await;
    process.client.create(&site.record()).await.unwrap();
    until("c1 online", async || {
        let cluster = process
            .client
            .get_ref::<Cluster>(&Krake::cluster("c1"))
            .await
            .ok()?;
        (cluster.status.state == ClusterState::Online).then_some(())
    })
    .await;

    // What is deleted while nobody looks is back after the start.
    process.submit("pond", &[config_map("reed", "1")]).await;
    process
        .becomes("pond", |pond| pond.status.state == ApplicationState::Running)
        .await;
    process.kill();
    site.direct
        .delete(&site.config_map("reed"), Propagation::Background, None)
        .await
        .unwrap();
    process.restart().await;
    site.appears(&site.config_map("reed")).await;

    // A create whose answer nobody waits for any more is known, and undone by the deletion.
    let hold = Duration::from_millis(600);
    site.relay.set(Mood::Hold(hold));
    for round in 0..3 {
        let name = format!("dew-{round}");
        process
            .submit(
                &name,
                &[config_map(&name, "1"), config_map(&format!("{name}-too"), "1")],
            )
            .await;
        process
            .becomes(&name, |dew| !dew.status.placements.is_empty())
            .await;
        tokio::time::sleep(Duration::from_millis(50 + 300 * round)).await;
        process.restart().await;
        process
            .client
            .delete::<Application>(Some(TARN), &name, &DeleteOptions::default())
            .await
            .unwrap();
        process.is_erased(&name).await;
        tokio::time::sleep(hold * 2).await;
        for object in [name.clone(), format!("{name}-too")] {
            assert_eq!(site.get(&site.config_map(&object)).await, None, "{object}");
        }
    }
    assert!(site.get(&site.config_map("reed")).await.is_some());
}
