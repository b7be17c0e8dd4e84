//! What the lab keeps on disk for one checkout: a folder per cluster, and the kubeconfigs that tests share.
//!
//! ```text
//! RUN/kubernetes/kubeconfigs/alasca-1.json      the clusters that every test may use
//! RUN/kubernetes/clusters/NAME/cluster.json     ports, processes
//! RUN/kubernetes/clusters/NAME/{pki,etcd,logs}
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::cluster::{Cluster, Plan, Ports};
use crate::labs::ports;
use crate::places::{self, Places, fingerprint};

const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// The lab of one checkout.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
    all_runs: PathBuf,
    locks: PathBuf,
}

impl Folder {
    pub(crate) fn of(places: &Places) -> Self {
        Self {
            root: places.run().join("kubernetes"),
            all_runs: places.all_runs(),
            locks: places.locks(),
        }
    }

    pub(crate) fn exists(&self) -> bool {
        self.root.join("clusters").is_dir()
    }

    /// The folder that `ALASCA_LAB` names to tests.
    pub(crate) fn kubeconfigs(&self) -> PathBuf {
        self.root.join("kubeconfigs")
    }

    pub(crate) fn cluster(&self, name: &str) -> PathBuf {
        self.root.join("clusters").join(name)
    }

    pub(crate) fn kubeconfig(&self, cluster: &Cluster) -> PathBuf {
        if cluster.shared {
            self.kubeconfigs().join(format!("{}.json", cluster.name))
        } else {
            self.cluster(&cluster.name).join("kubeconfig.json")
        }
    }

    pub(crate) fn lock(&self) -> Result<File> {
        let name = fingerprint([self.root.as_os_str().as_encoded_bytes()]);
        places::lock(
            &self.locks.join(format!("kubernetes-{name}")),
            "this checkout's Kubernetes lab",
        )
    }

    /// All clusters, by name.
    pub(crate) fn clusters(&self) -> Result<Vec<Cluster>> {
        clusters_below(&self.root.join("clusters"))
    }

    pub(crate) fn save(&self, cluster: &Cluster) -> Result<()> {
        let folder = self.cluster(&cluster.name);
        places::write_whole(&folder.join("cluster.json"), &serde_json::to_vec_pretty(cluster)?)
    }

    /// The planned clusters, known ones as they are, new ones with ports of their own.
    pub(crate) fn prepare(&self, plans: &[Plan]) -> Result<Vec<Cluster>> {
        let _ports = places::lock(&self.locks.join("ports"), "free ports")?;
        let mut taken = self.ports_of_everybody()?;
        plans
            .iter()
            .map(|plan| self.prepare_one(plan, &mut taken))
            .collect()
    }

    fn prepare_one(&self, plan: &Plan, taken: &mut BTreeSet<u16>) -> Result<Cluster> {
        let folder = self.cluster(&plan.name);
        let cluster = match read_cluster(&folder)? {
            Some(known) => known.adapted_to(plan)?,
            None => Cluster::new(
                plan,
                Ports {
                    api_server: ports::free(PORTS, taken)?,
                    etcd: ports::free(PORTS, taken)?,
                },
            ),
        };
        for part in ["pki", "logs"] {
            create_private(&folder.join(part))?;
        }
        create_private(&self.kubeconfigs())?;
        self.save(&cluster)?;
        Ok(cluster)
    }

    fn ports_of_everybody(&self) -> Result<BTreeSet<u16>> {
        let mut ports = BTreeSet::new();
        for run in places::entries(&self.all_runs)? {
            for cluster in clusters_below(&run.join("kubernetes/clusters"))? {
                ports.extend([cluster.ports.api_server, cluster.ports.etcd]);
            }
        }
        Ok(ports)
    }

    pub(crate) fn remove(&self, cluster: &Cluster) -> Result<()> {
        if cluster.shared {
            remove_file(&self.kubeconfig(cluster))?;
        }
        let folder = self.cluster(&cluster.name);
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
    }

    /// With the last cluster goes the whole folder.
    pub(crate) fn remove_if_empty(&self) -> Result<()> {
        if self.clusters()?.is_empty() {
            fs::remove_dir_all(&self.root)
                .with_context(|| format!("cannot remove {}", self.root.display()))?;
            self.root.parent().into_iter().for_each(places::remove_empty);
        }
        Ok(())
    }
}

fn clusters_below(folder: &Path) -> Result<Vec<Cluster>> {
    let mut clusters = Vec::new();
    for folder in places::entries(folder)? {
        clusters.extend(read_cluster(&folder)?);
    }
    clusters.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(clusters)
}

fn read_cluster(folder: &Path) -> Result<Option<Cluster>> {
    let path = folder.join("cluster.json");
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let cluster = serde_json::from_slice(&bytes);
    cluster
        .map(Some)
        .with_context(|| format!("{} is not what this version writes", path.display()))
}

/// Keys and tokens lie below: nobody else on the machine may look in.
fn create_private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    created.with_context(|| format!("cannot create {}", folder.display()))
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
