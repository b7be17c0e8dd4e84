//! A cluster that is a runtime cluster and its virtual garden in one, with Gardener's kinds, and a folder with its
//! kubeconfig.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use alasca_tests::gardener;
use alasca_tests::lab::ExtraCluster;
use anyhow::Result;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client};
use serde_json::{Value, json};

pub(crate) struct Stage {
    pub(crate) client: Client,
    folder: tempfile::TempDir,
    _cluster: ExtraCluster,
}

impl Stage {
    /// A cluster without Gardener.
    pub(crate) async fn empty(purpose: &str) -> Result<Self> {
        let cluster = ExtraCluster::start(purpose)?;
        let folder = tempfile::tempdir()?;
        let kubeconfig = serde_json::to_vec(&cluster.cluster().kubeconfig)?;
        fs::write(folder.path().join("cluster.yaml"), kubeconfig)?;
        let client = cluster.cluster().client().await?;
        let stage = Self {
            client,
            folder,
            _cluster: cluster,
        };
        stage.versions("gardener: 1.147.3\n");
        Ok(stage)
    }

    /// A cluster with Gardener's kinds.
    pub(crate) async fn with_kinds(purpose: &str) -> Result<Self> {
        let stage = Self::empty(purpose).await?;
        stage.install().await?;
        Ok(stage)
    }

    pub(crate) async fn install(&self) -> Result<()> {
        let data = std::env::var_os("ALASCA_CONFORMANCE_DATA").map(PathBuf::from);
        gardener::install(&self.client, data.as_deref()).await
    }

    /// A landscape as people would commit it: a seed of its own, a seed that is a shoot, a tenant with a shoot.
    pub(crate) async fn landscape(&self, version: &str, calico: &str) -> Result<()> {
        for name in ["garden", "garden-dev"] {
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            gardener::report(&self.client, &namespace).await?;
        }
        for name in ["dns", "soil-kubeconfig"] {
            let metadata = json!({"name": name, "namespace": "garden"});
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata});
            gardener::report(&self.client, &secret).await?;
        }
        let objects = [
            gardener::operator(version),
            gardener::extension("calico", calico),
            gardener::garden(),
            gardener::project("dev"),
            gardener::gardenlet("soil", version),
            gardener::shoot("garden", "eu"),
            gardener::managed_seed("eu"),
            gardener::shoot("garden-dev", "a"),
        ];
        for object in objects {
            gardener::report(&self.client, &object).await?;
        }
        Ok(())
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn versions(&self, text: &str) {
        fs::write(self.folder().join("versions.yaml"), text).unwrap();
    }

    /// A command with the kubeconfigs and this folder as its working directory.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let test = std::env::current_exe().unwrap();
        let program = test.parent().unwrap().parent().unwrap().join("yake");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(["--kubeconfig", "cluster.yaml"])
            .args(["--virtual-kubeconfig", "cluster.yaml"])
            .current_dir(self.folder());
        command
    }

    pub(crate) fn yake(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Exit code and document of `yake status`.
    pub(crate) fn status(&self) -> (Option<i32>, Value) {
        let output = self.yake(&["status", "-o", "json"]);
        let said = String::from_utf8_lossy(&output.stderr);
        (
            output.status.code(),
            serde_json::from_slice(&output.stdout).expect(&said),
        )
    }

    /// Exit code and document of `yake upgrade plan`, and what was said to people.
    pub(crate) fn plan(&self, more: &[&str]) -> (Option<i32>, Value, String) {
        let mut arguments = vec!["upgrade", "plan", "-o", "json"];
        arguments.extend(more);
        let output = self.yake(&arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        (
            output.status.code(),
            serde_json::from_slice(&output.stdout).expect(&said),
            said,
        )
    }

    /// Waits until the landscape is healthy.
    pub(crate) async fn healthy(&self) {
        until("the landscape is healthy", || {
            let (code, document) = self.status();
            (code == Some(0)).then_some(()).ok_or(document.to_string())
        })
        .await;
    }
}

/// Waits for a condition; what it said last is in the failure.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        match look() {
            Ok(found) => return found,
            Err(last) => assert!(Instant::now() < deadline, "never: {what}; last: {last}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// As [`until`], for what is asked of the API server.
pub(crate) async fn wait_for(what: &str, mut look: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !look().await? {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Changes an object by a merge patch, as somebody with `kubectl` would.
pub(crate) async fn change(client: &Client, object: &Value, change: &Value) -> Result<()> {
    let (api, name) = api_of(client, object);
    api.patch(&name, &PatchParams::default(), &Patch::Merge(change.clone()))
        .await?;
    Ok(())
}

/// The object as it is.
pub(crate) async fn get(client: &Client, object: &Value) -> Result<Value> {
    let (api, name) = api_of(client, object);
    Ok(serde_json::to_value(api.get(&name).await?)?)
}

/// Where an object lives, and its name.
pub(crate) fn api_of(client: &Client, object: &Value) -> (Api<DynamicObject>, String) {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (group, version) = text("/apiVersion")
        .split_once('/')
        .unwrap_or(("", text("/apiVersion")));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, text("/kind")));
    let api = match text("/metadata/namespace") {
        "" => Api::all_with(client.clone(), &resource),
        namespace => Api::namespaced_with(client.clone(), namespace, &resource),
    };
    (api, text("/metadata/name").to_owned())
}
