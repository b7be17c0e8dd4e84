//! A landscape of a test's own: a folder, a namespace of a shared cluster, and a relay that sees what `yake` asks for.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use alasca_tests::lab::{Lab, LabCluster, Namespace};
use alasca_tests::relay::Relay;
use anyhow::Result;
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::Value;

pub(crate) struct Scene {
    /// Unique on the cluster; landscape and inventories are in it too.
    pub(crate) namespace: String,
    pub(crate) cluster: LabCluster,
    pub(crate) client: Client,
    pub(crate) relay: Relay,
    folder: tempfile::TempDir,
    _owned: Namespace,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    /// Its document.
    pub(crate) document: Value,
    /// All that it wrote.
    pub(crate) text: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let document = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        Self {
            code: output.status.code(),
            document,
            text: text(&output.stdout) + &text(&output.stderr),
        }
    }

    /// Of a unit: its reason and its message.
    pub(crate) fn unit(&self, name: &str) -> (&str, String) {
        let units = self
            .document
            .as_array()
            .unwrap_or_else(|| panic!("{}", self.text));
        let unit = units.iter().find(|unit| unit["name"] == name);
        let unit = unit.unwrap_or_else(|| panic!("no unit {name}: {}", self.text));
        let errors = unit["errors"].as_array().into_iter().flatten();
        let errors: Vec<_> = errors.filter_map(Value::as_str).collect();
        let message = format!("{}\n{}", unit["message"].as_str().unwrap(), errors.join("\n"));
        (unit["reason"].as_str().unwrap(), message)
    }

    /// All that was done, `create ConfigMap ns/a`.
    pub(crate) fn done(&self) -> Vec<String> {
        let units = self.document.as_array().into_iter().flatten();
        let applied = units.flat_map(|unit| unit["applied"].as_array().into_iter().flatten());
        applied
            .filter_map(|text| Some(text.as_str()?.to_owned()))
            .collect()
    }

    /// Asserts an exit code, with all that was said.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text);
        self
    }
}

impl Scene {
    pub(crate) async fn new(purpose: &str) -> Result<Self> {
        Self::on(&Lab::clusters()?[0], purpose).await
    }

    pub(crate) async fn on(cluster: &LabCluster, purpose: &str) -> Result<Self> {
        let owned = cluster.namespace(purpose).await?;
        let scene = Self {
            namespace: owned.name.clone(),
            cluster: cluster.clone(),
            client: cluster.client().await?,
            relay: Relay::start(&cluster.kubeconfig).await?,
            folder: tempfile::tempdir()?,
            _owned: owned,
        };
        scene.kubeconfig(&scene.relay.kubeconfig);
        Ok(scene)
    }

    /// From now on commands reach the cluster by this.
    pub(crate) fn kubeconfig(&self, kubeconfig: &Value) {
        let file = self.folder.path().join("kubeconfig.yaml");
        fs::write(file, kubeconfig.to_string()).unwrap();
    }

    /// Writes `landscape.yaml` with these units, each a flow mapping such as `{name: a, path: a}`.
    pub(crate) fn units(&self, units: &[&str]) {
        self.landscape("", units);
    }

    /// The same, with more members of the specification.
    pub(crate) fn landscape(&self, more: &str, units: &[&str]) {
        let units: Vec<_> = units.iter().map(|unit| format!("  - {unit}\n")).collect();
        let text = format!(
            "apiVersion: yake.alasca.cloud/v1alpha1\nkind: Landscape\nmetadata: {{name: land, namespace: NAMESPACE}}\n\
             spec:\n{more}  units:\n{}",
            units.concat()
        );
        self.file("landscape.yaml", &text);
    }

    /// Writes a file of the landscape; the word `NAMESPACE` in it becomes the name of the scene's own.
    pub(crate) fn file(&self, path: &str, text: &str) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text.replace("NAMESPACE", &self.namespace)).unwrap();
    }

    /// Writes a `ConfigMap` with one value.
    pub(crate) fn config_map(&self, path: &str, name: &str, value: &str) {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: NAMESPACE}}\ndata: {{value: {value}}}\n"
        );
        self.file(path, &text);
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("repository").join(path)
    }

    /// `yake COMMAND . --kubeconfig …` in the folder of the landscape.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let test = std::env::current_exe().unwrap();
        let mut command = Command::new(test.parent().unwrap().parent().unwrap().join("yake"));
        command
            .args(arguments)
            .args(["--kubeconfig", "../kubeconfig.yaml", "-o", "json"])
            .current_dir(self.path(""));
        command
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap();
        Said::of(&output.unwrap())
    }

    /// Waits for up to 20 s until all is well.
    pub(crate) async fn apply(&self) -> Said {
        self.run(&["apply", "--timeout", "20s"]).await
    }

    /// One pass.
    pub(crate) async fn pass(&self) -> Said {
        self.run(&["apply", "--once"]).await
    }

    pub(crate) async fn diff(&self) -> Said {
        self.run(&["diff"]).await
    }

    /// One pass that goes on beside the test.
    pub(crate) fn start(&self) -> Child {
        let mut command = self.command(&["apply", "--once"]);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Objects of a kind, in the scene's namespace where the kind has namespaces.
    pub(crate) fn api(&self, api_version: &str, kind: &str) -> Api<DynamicObject> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }

    pub(crate) async fn get(&self, api_version: &str, kind: &str, name: &str) -> Option<Value> {
        let found = self.api(api_version, kind).get_opt(name).await.unwrap();
        found.map(|object| serde_json::to_value(object).unwrap())
    }

    pub(crate) async fn map(&self, name: &str) -> Option<Value> {
        self.get("v1", "ConfigMap", name).await
    }

    /// The value of a `ConfigMap` as [`Scene::config_map`] writes it.
    pub(crate) async fn value(&self, name: &str) -> Option<String> {
        Some(self.map(name).await?["data"]["value"].as_str()?.to_owned())
    }

    pub(crate) async fn uid(&self, name: &str) -> Option<String> {
        Some(self.map(name).await?["metadata"]["uid"].as_str()?.to_owned())
    }

    /// Creates an object as somebody else.
    pub(crate) async fn create(&self, object: &Value) -> Result<()> {
        let text = |member: &str| object[member].as_str().unwrap();
        let api = self.api(text("apiVersion"), text("kind"));
        let object = serde_json::from_value(object.clone())?;
        api.create(&PostParams::default(), &object).await?;
        Ok(())
    }

    /// Changes an object by a merge patch, as somebody with `kubectl` would.
    pub(crate) async fn change(
        &self,
        api_version: &str,
        kind: &str,
        name: &str,
        change: Value,
    ) -> Result<()> {
        let somebody = PatchParams {
            field_manager: Some("somebody".to_owned()),
            ..PatchParams::default()
        };
        let api = self.api(api_version, kind);
        api.patch(name, &somebody, &Patch::Merge(change)).await?;
        Ok(())
    }

    pub(crate) async fn delete(&self, kind: &str, name: &str) -> Result<()> {
        self.api("v1", kind)
            .delete(name, &DeleteParams::default())
            .await?;
        Ok(())
    }

    /// Names of the objects in a unit's inventory, sorted: `ConfigMap/a`.
    pub(crate) async fn inventory(&self, unit: &str) -> Vec<String> {
        let Some(map) = self.map(&format!("yake.land.{unit}")).await else {
            return Vec::new();
        };
        let lines = map["data"]["objects"].as_str().unwrap_or_default().lines();
        let mut names: Vec<_> = lines
            .map(|line| {
                let words: Vec<_> = line.split(' ').collect();
                format!("{}/{}", words[1], words[3])
            })
            .collect();
        names.sort();
        names
    }

    /// Requests since the last look, of which only writes are told: `PATCH /api/v1/…`.
    pub(crate) fn writes(&self) -> Vec<String> {
        let seen = self.relay.take_seen().into_iter();
        let writes = seen.filter(alasca_tests::relay::Seen::is_write);
        writes
            .map(|seen| format!("{} {}", seen.method, seen.path))
            .collect()
    }
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds().await {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
