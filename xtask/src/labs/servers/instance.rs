//! Running servers and what is remembered of them.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::places::{self, Places, fingerprint};
use crate::process::Process;
use crate::say;

/// One server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) name: String,
    pub(crate) url: String,
    /// What it was configured with; another wish means a new instance.
    pub(crate) configuration: String,
    pub(crate) process: Process,
}

impl Instance {
    pub(crate) fn row(&self) -> Vec<String> {
        let running = self.process.is_running();
        let since = self.process.age().filter(|_| running);
        vec![
            self.name.clone(),
            if running { "up" } else { "ended" }.to_owned(),
            since.map_or_else(String::new, |age| say::spoken(Duration::from_secs(age.as_secs()))),
            format!("{} MiB", self.process.resident_kib().unwrap_or(0) / 1024),
            self.url.clone(),
        ]
    }
}

/// All servers of one checkout: a folder each.
#[derive(Debug, Clone)]
pub(crate) struct Instances {
    root: PathBuf,
    locks: PathBuf,
}

impl Instances {
    pub(crate) fn of(places: &Places) -> Self {
        Self {
            root: places.run().join("servers"),
            locks: places.locks(),
        }
    }

    /// Also held while ports are chosen, hence one lock for all checkouts.
    pub(crate) fn lock(&self) -> Result<File> {
        let name = fingerprint([self.root.as_os_str().as_encoded_bytes()]);
        places::lock(
            &self.locks.join(format!("servers-{name}")),
            "this checkout's servers",
        )
    }

    pub(crate) fn ports_lock(&self) -> Result<File> {
        places::lock(&self.locks.join("ports"), "free ports")
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn list(&self) -> Result<Vec<Instance>> {
        let mut instances = Vec::new();
        for folder in places::entries(&self.root)? {
            let file = folder.join("instance.json");
            if file.exists() {
                let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
                instances.push(serde_json::from_slice::<Instance>(&bytes)?);
            }
        }
        instances.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(instances)
    }

    pub(crate) fn find(&self, name: &str) -> Result<Option<Instance>> {
        Ok(self.list()?.into_iter().find(|instance| instance.name == name))
    }

    pub(crate) fn save(&self, instance: &Instance) -> Result<()> {
        let file = self.folder(&instance.name).join("instance.json");
        places::write_whole(&file, &serde_json::to_vec_pretty(instance)?)
    }

    pub(crate) fn end(&self, instance: &Instance) -> Result<()> {
        instance.process.end(Duration::ZERO)?;
        let folder = self.folder(&instance.name);
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        places::remove_empty(&self.root);
        Ok(())
    }
}
