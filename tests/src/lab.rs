//! Clusters of the Kubernetes lab for tests.
//!
//! `cargo xtask test` brings the lab up once and says in `ALASCA_LAB` where its kubeconfigs lie; a single
//! test that runs without that brings the lab up itself and leaves it running for the next one. Tests that
//! share clusters work in a [`Namespace`] of their own; a test that breaks its cluster takes an
//! [`ExtraCluster`].

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::core::v1;
use kube::api::{Api, DeleteParams, ObjectMeta, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;

/// The clusters that every test may use.
#[derive(Debug)]
pub struct Lab;

impl Lab {
    /// `alasca-1`, `alasca-2`, … in this order; the lab is brought up if it is not yet.
    pub fn clusters() -> Result<Vec<LabCluster>> {
        let folder = Self::folder()?;
        let mut files = fs::read_dir(&folder)
            .with_context(|| format!("no lab in {}", folder.display()))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<_>>>()?;
        files.sort();
        files.iter().map(|file| LabCluster::read(file)).collect()
    }

    fn folder() -> Result<PathBuf> {
        if let Some(folder) = env::var_os("ALASCA_LAB") {
            return Ok(folder.into());
        }
        let report = xtask(&["lab", "kubernetes", "up", "--output", "json"])?;
        Ok(report
            .get("lab")
            .and_then(Value::as_str)
            .context("the lab does not say where it is")?
            .into())
    }
}

/// One cluster and how to reach it.
#[derive(Debug, Clone)]
pub struct LabCluster {
    /// Also the name of the kubeconfig's context.
    pub name: String,
    /// With everything inline, as an administrator.
    pub kubeconfig: Value,
}

impl LabCluster {
    fn read(file: &Path) -> Result<Self> {
        let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let kubeconfig = serde_json::from_slice::<Value>(&text)?;
        let name = kubeconfig
            .get("current-context")
            .and_then(Value::as_str)
            .context("no context in the kubeconfig")?;
        Ok(Self {
            name: name.to_owned(),
            kubeconfig,
        })
    }

    /// A client of this cluster, independent of the product's own.
    pub async fn client(&self) -> Result<kube::Client> {
        let kubeconfig = serde_json::from_value::<Kubeconfig>(self.kubeconfig.clone())?;
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        Ok(kube::Client::try_from(config)?)
    }

    /// A namespace for one test, removed when the value is dropped; `purpose` begins its name.
    pub async fn namespace(&self, purpose: &str) -> Result<Namespace> {
        let name = format!("{purpose}-{:08x}", fastrand::u32(..));
        let object = v1::Namespace {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                ..ObjectMeta::default()
            },
            ..v1::Namespace::default()
        };
        Api::all(self.client().await?)
            .create(&PostParams::default(), &object)
            .await?;
        Ok(Namespace {
            name,
            cluster: self.clone(),
        })
    }

    async fn delete_namespace(&self, name: &str) -> Result<()> {
        let namespaces = Api::<v1::Namespace>::all(self.client().await?);
        namespaces.delete(name, &DeleteParams::default()).await?;
        Ok(())
    }
}

/// A namespace of one test. Dropping it deletes it with all that is in it, also when the test fails.
#[derive(Debug)]
pub struct Namespace {
    /// Unique on its cluster.
    pub name: String,
    cluster: LabCluster,
}

impl Drop for Namespace {
    /// In a thread with a runtime and a client of its own: the test's runtime may be the one that is blocked.
    fn drop(&mut self) {
        let (name, cluster) = (self.name.clone(), self.cluster.clone());
        let deletion = thread::spawn(move || -> Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let deletion = cluster.delete_namespace(&name);
                tokio::time::timeout(Duration::from_secs(10), deletion).await?
            })
        });
        if !matches!(deletion.join(), Ok(Ok(()))) && !thread::panicking() {
            eprintln!("namespace {} is left behind on {}", self.name, self.cluster.name);
        }
    }
}

/// A cluster that one test alone uses, to stop, freeze or lose it. Dropping it removes it.
#[derive(Debug)]
pub struct ExtraCluster {
    cluster: LabCluster,
}

impl ExtraCluster {
    /// Starts a cluster; takes some 6 to 10 s and half a GiB, so share one between the steps of a story.
    pub fn start(purpose: &str) -> Result<Self> {
        let name = format!("{purpose}-{:08x}", fastrand::u32(..));
        let report = xtask(&[
            "lab",
            "kubernetes",
            "up",
            "--name",
            &name,
            "--nodes",
            "1",
            "--output",
            "json",
        ])?;
        let clusters = report
            .get("clusters")
            .and_then(Value::as_array)
            .context("the lab reports no clusters")?;
        let own = clusters
            .iter()
            .find(|cluster| cluster.get("name").and_then(Value::as_str) == Some(&name));
        let file = own
            .and_then(|cluster| cluster.get("kubeconfig"))
            .and_then(Value::as_str);
        Ok(Self {
            cluster: LabCluster::read(Path::new(file.context("the lab reports no kubeconfig")?))?,
        })
    }

    /// How to reach it.
    pub fn cluster(&self) -> &LabCluster {
        &self.cluster
    }

    /// From now on it refuses connections; its data is kept.
    pub fn stop(&self) -> Result<()> {
        self.change("stop")
    }

    /// From now on it accepts connections and answers nothing.
    pub fn freeze(&self) -> Result<()> {
        self.change("freeze")
    }

    /// It goes on with the data that it had; returns when it is ready.
    pub fn go_on(&self) -> Result<()> {
        self.change("start")
    }

    fn change(&self, verb: &str) -> Result<()> {
        run(xtask_command().args(["lab", "kubernetes", verb, &self.cluster.name])).map(drop)
    }
}

impl Drop for ExtraCluster {
    fn drop(&mut self) {
        if self.change("down").is_err() {
            eprintln!(
                "cluster {} is left behind: cargo xtask lab kubernetes down",
                self.cluster.name
            );
        }
    }
}

/// A real Prometheus that reads its targets every second. Dropping it ends it.
///
/// Its first samples come 5 to 6 s after the start, whatever the interval: wait for the value.
#[derive(Debug)]
pub struct Prometheus {
    /// Where its API answers, without a slash at the end.
    pub url: String,
    name: String,
}

impl Prometheus {
    /// Starts one that reads `targets`, each `HOST:PORT`.
    pub fn start(purpose: &str, targets: &[&str]) -> Result<Self> {
        let name = format!("{purpose}-{:08x}", fastrand::u32(..));
        let mut arguments = vec![
            "lab",
            "servers",
            "up",
            "prometheus",
            "--output",
            "json",
            "--name",
            &name,
        ];
        for target in targets {
            arguments.extend(["--target", target]);
        }
        let report = xtask(&arguments)?;
        let url = report
            .pointer("/0/url")
            .and_then(Value::as_str)
            .context("the lab reports no address")?;
        Ok(Self {
            url: url.to_owned(),
            name,
        })
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        if run(xtask_command().args(["lab", "servers", "down", &self.name])).is_err() {
            eprintln!(
                "server {} is left behind: cargo xtask lab servers down",
                self.name
            );
        }
    }
}

/// What `cargo xtask … --output json` answers.
pub fn xtask(arguments: &[&str]) -> Result<Value> {
    Ok(serde_json::from_slice(&run(xtask_command().args(arguments))?)?)
}

/// `cargo xtask`. The program that runs the tests names itself, so that no test has to build it.
pub fn xtask_command() -> Command {
    if let Some(program) = env::var_os("ALASCA_XTASK") {
        return Command::new(program);
    }
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.arg("xtask").current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

pub(crate) fn run(command: &mut Command) -> Result<Vec<u8>> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed");
    }
    Ok(output.stdout)
}
