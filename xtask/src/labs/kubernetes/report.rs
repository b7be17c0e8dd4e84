//! What there is of the lab, for people and for programs.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::Output;
use super::cluster::{Cluster, State};
use super::folder::Folder;
use super::roles::Role;
use crate::places::Places;
use crate::process::Process;
use crate::say;

/// All clusters of this checkout.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// What `ALASCA_LAB` says to tests: the folder of the shared clusters' kubeconfigs.
    pub(crate) lab: PathBuf,
    pub(crate) clusters: Vec<ClusterReport>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ClusterReport {
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) shared: bool,
    pub(crate) server: String,
    pub(crate) kubeconfig: PathBuf,
    pub(crate) nodes: u32,
    pub(crate) processes: Vec<ProcessReport>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ProcessReport {
    program: &'static str,
    pid: i32,
    running: bool,
    seconds: Option<u64>,
    memory_kib: Option<u64>,
}

impl Report {
    pub(crate) fn now(places: &Places) -> Result<Self> {
        Self::of(&Folder::of(places))
    }

    pub(crate) fn of(folder: &Folder) -> Result<Self> {
        let clusters = folder.clusters()?;
        Ok(Self {
            lab: folder.kubeconfigs(),
            clusters: clusters
                .iter()
                .map(|one| ClusterReport::of(one, folder))
                .collect(),
        })
    }

    pub(crate) fn print(&self, output: Output) -> Result<()> {
        match output {
            Output::Json => say::data(serde_json::to_string_pretty(self)?)?,
            Output::Env => say::data(format_args!("export ALASCA_LAB='{}'", self.lab.display()))?,
            Output::Table if self.clusters.is_empty() => {
                say::line("no cluster is up; `cargo xtask lab kubernetes up` starts three");
            }
            Output::Table => say::data(self.table())?,
        }
        Ok(())
    }

    fn table(&self) -> String {
        let rows = self.clusters.iter().map(ClusterReport::row).collect::<Vec<_>>();
        say::table(
            &[
                "NAME",
                "STATE",
                "NODES",
                "SINCE",
                "MEMORY",
                "PROCESSES",
                "KUBECONFIG",
            ],
            &rows,
        )
    }
}

impl ClusterReport {
    fn of(cluster: &Cluster, folder: &Folder) -> Self {
        Self {
            name: cluster.name.clone(),
            state: cluster.state(),
            shared: cluster.shared,
            server: cluster.server(),
            kubeconfig: folder.kubeconfig(cluster),
            nodes: cluster.nodes,
            processes: cluster
                .processes
                .iter()
                .map(|(role, process)| ProcessReport::of(*role, process))
                .collect(),
        }
    }

    fn row(&self) -> Vec<String> {
        let running = self.processes.iter().filter(|process| process.running);
        let memory = running
            .clone()
            .filter_map(|process| process.memory_kib)
            .sum::<u64>()
            / 1024;
        let since = running.clone().filter_map(|process| process.seconds).max();
        vec![
            self.name.clone(),
            self.state.to_string(),
            self.nodes.to_string(),
            since.map_or_else(String::new, |seconds| say::spoken(Duration::from_secs(seconds))),
            format!("{memory} MiB"),
            format!("{}/{}", running.count(), Role::ALL.len()),
            self.kubeconfig.display().to_string(),
        ]
    }
}

impl ProcessReport {
    fn of(role: Role, process: &Process) -> Self {
        Self {
            program: role.program(),
            pid: process.pid(),
            running: process.is_running(),
            seconds: process.age().map(|age| age.as_secs()),
            memory_kib: process.resident_kib(),
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Up => "up",
            Self::Frozen => "frozen",
            Self::Stopped => "stopped",
            Self::Degraded => "degraded",
        })
    }
}
