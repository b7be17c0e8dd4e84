//! A repository of git's own making, a namespace of a lab's cluster with a landscape in it, and a controller.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use alasca_tests::lab::{Lab, Namespace};
use common::kube::{ApplyOptions, Connection, ObjectId, Propagation, Timeouts};
use serde_json::{Value, json};

/// How long anything may take that is a matter of a second or two on a quiet machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Stage {
    pub(crate) connection: Connection,
    pub(crate) namespace: Namespace,
    folder: tempfile::TempDir,
    controller: Option<Child>,
}

impl Stage {
    /// A landscape whose only unit has these files, committed, and a controller that keeps it.
    pub(crate) async fn set(purpose: &str, files: &[(&str, String)]) -> Self {
        let cluster = tokio::task::block_in_place(Lab::clusters).unwrap().remove(0);
        let namespace = cluster.namespace(purpose).await.unwrap();
        let connection = Connection::new(&cluster.kubeconfig, Timeouts::default())
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = serde_json::to_vec(&cluster.kubeconfig).unwrap();
        fs::write(folder.path().join("kubeconfig"), kubeconfig).unwrap();
        let mut stage = Self {
            connection,
            namespace,
            folder,
            controller: None,
        };
        fs::create_dir(stage.repository()).unwrap();
        stage.git(&["init", "-q", "-b", "main"]);
        stage.write("landscape.yaml", &stage.landscape_file());
        for (path, text) in files {
            stage.write(path, text);
        }
        stage.commit("the beginning");
        stage.start();
        stage.introduce().await;
        stage
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    fn landscape_file(&self) -> String {
        format!(
            "apiVersion: yake.alasca.cloud/v1alpha1\nkind: Landscape\n\
             metadata: {{name: dev, namespace: {}}}\n\
             spec:\n  units:\n  - {{name: apps, path: apps}}\n",
            self.namespace.name
        )
    }

    /// The object by which the controller hears of the landscape; its definition comes with the controller.
    async fn introduce(&self) {
        let source = json!({"url": format!("file://{}", self.repository().display()), "ref": {"branch": "main"},
            "interval": "1s"});
        let landscape = json!({
            "apiVersion": "yake.alasca.cloud/v1alpha1", "kind": "Landscape",
            "metadata": {"name": "dev", "namespace": self.namespace.name}, "spec": {"source": source}});
        let options = ApplyOptions::new("somebody");
        until("the landscape can be created", async || {
            self.connection.apply(&landscape, &options).await.ok()
        })
        .await;
    }

    /// Starts a controller for this namespace alone.
    pub(crate) fn start(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let child = self
            .command(&["run", "--cache", "cache"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.controller = Some(child);
    }

    /// Kills the controller as a lost machine would.
    pub(crate) fn kill(&mut self) {
        let mut child = self.controller.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let test = std::env::current_exe().unwrap();
        let program = test.parent().unwrap().parent().unwrap().join("yake");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(["--kubeconfig", "kubeconfig", "--namespace", &self.namespace.name])
            .current_dir(self.folder.path());
        command
    }

    pub(crate) fn yake(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.repository().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.repository().join(path)).unwrap();
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&[
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.test",
            "commit",
            "-qm",
            message,
        ]);
    }

    fn git(&self, arguments: &[&str]) {
        let status = Command::new("git")
            .args(arguments)
            .current_dir(self.repository())
            .status()
            .unwrap();
        assert!(status.success(), "git {arguments:?}");
    }

    pub(crate) fn id(&self, kind: &str, name: &str) -> ObjectId {
        let api_version = match kind {
            "Landscape" => "yake.alasca.cloud/v1alpha1",
            _ => "v1",
        };
        ObjectId {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: Some(self.namespace.name.clone()),
            name: name.to_owned(),
        }
    }

    pub(crate) async fn get(&self, kind: &str, name: &str) -> Option<Value> {
        self.connection.get(&self.id(kind, name)).await.unwrap()
    }

    /// Waits until a `ConfigMap` has this value.
    pub(crate) async fn has(&self, name: &str, value: &str) {
        until(&format!("{name} is {value}"), async || {
            let object = self.get("ConfigMap", name).await?;
            (object["data"]["a"] == value).then_some(())
        })
        .await;
    }

    pub(crate) async fn delete(&self, name: &str) {
        let id = self.id("ConfigMap", name);
        self.connection
            .delete(&id, Propagation::Background, None)
            .await
            .unwrap();
    }

    /// What somebody else writes over a `ConfigMap`.
    pub(crate) async fn overwrite(&self, name: &str, value: &str) {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": self.namespace.name}, "data": {"a": value}});
        self.connection
            .apply(&object, &ApplyOptions::new("intruder"))
            .await
            .unwrap();
    }

    /// A condition of the landscape, if it has it.
    pub(crate) async fn condition(&self, kind: &str) -> Option<Value> {
        let landscape = self.get("Landscape", "dev").await?;
        let conditions = landscape["status"]["conditions"].as_array()?.clone();
        conditions.into_iter().find(|condition| condition["type"] == kind)
    }

    /// Waits until the newest commit was applied as a whole.
    pub(crate) async fn applied_newest(&self) {
        let output = Command::new("git")
            .args(["rev-parse", "HEAD"])
            .current_dir(self.repository())
            .output()
            .unwrap();
        let commit = String::from_utf8(output.stdout).unwrap();
        let revision = format!("main@sha1:{}", commit.trim());
        until("the newest commit is applied", async || {
            let landscape = self.get("Landscape", "dev").await?;
            (landscape["status"]["lastAppliedRevision"] == revision.as_str()).then_some(())
        })
        .await;
    }

    pub(crate) async fn is_ready(&self) {
        until("the landscape is ready", async || {
            let ready = self.condition("Ready").await?;
            (ready["status"] == "True").then_some(())
        })
        .await;
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(mut child) = self.controller.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("log"));
            eprintln!("{}", log.unwrap_or_default());
        }
    }
}

/// A manifest of a `ConfigMap` in a namespace.
pub(crate) fn config_map(namespace: &str, name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{a: \"{value}\"}}\n"
    )
}

/// Asks until the answer is there.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}: not in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
