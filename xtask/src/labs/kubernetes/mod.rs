//! Several Kubernetes clusters on loopback: etcd, API server, controller manager and scheduler are real,
//! nodes are simulated by kwok, whose pods are Ready at once and run nothing.
//!
//! Every cluster has its own folder, ports, certificates and tokens. `up` brings up what is missing and
//! leaves the rest alone, from however many processes it is called at once.

mod api;
mod cluster;
mod credentials;
mod folder;
mod nodes;
mod programs;
mod report;
mod roles;

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::places::Places;
use crate::{interrupt, say};

pub(crate) use api::Api;
use cluster::{Cluster, Durability, Plan};
use folder::Folder;
pub(crate) use programs::Programs;
pub(crate) use report::Report;

/// What can be done with the clusters.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring clusters up; what runs already is left as it is
    Up(Up),
    /// Show what runs, since when, and how much memory it takes
    Status {
        #[arg(short, long, default_value = "table")]
        output: Output,
    },
    /// End all clusters, or the named ones, and remove their data
    Down { names: Vec<String> },
    /// End a cluster's API server, so that it refuses connections; its data is kept
    Stop { name: String },
    /// Hold a cluster's API server, so that it accepts connections and never answers
    Freeze { name: String },
    /// Let a stopped or frozen cluster go on
    Start { name: String },
    /// Build the programs without starting anything
    Build,
}

/// What to bring up.
#[derive(Debug, Clone, Args)]
pub(crate) struct Up {
    /// How many clusters, named alasca-1, alasca-2, …
    #[arg(long, default_value_t = 3)]
    pub(crate) clusters: u32,
    /// Simulated nodes of each cluster [default: 3, or as they are]
    #[arg(long)]
    pub(crate) nodes: Option<u32>,
    /// One more cluster of this name instead, that no other test is given
    #[arg(long, conflicts_with = "clusters")]
    pub(crate) name: Option<String>,
    /// Let etcd sync its writes to disk, as in production; for benchmarks
    #[arg(long)]
    pub(crate) fsync: bool,
    /// What makes the clusters
    #[arg(long, default_value = "loopback")]
    pub(crate) provider: Provider,
    #[arg(short, long, default_value = "table")]
    pub(crate) output: Output,
}

impl Default for Up {
    fn default() -> Self {
        Self {
            clusters: 3,
            nodes: None,
            name: None,
            fsync: false,
            provider: Provider::Loopback,
            output: Output::Table,
        }
    }
}

/// What makes the clusters.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Provider {
    /// Processes of this machine on loopback
    Loopback,
}

/// Who reads the answer.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Output {
    /// People
    Table,
    /// Programs
    Json,
    /// Shells, for `eval`: where the kubeconfigs lie
    Env,
}

impl Command {
    pub(crate) fn run(self, places: &Places) -> Result<()> {
        let folder = Folder::of(places);
        match self {
            Self::Up(request) => up(places, &request)?.print(request.output),
            Self::Status { output } => Report::of(&folder)?.print(output),
            Self::Down { names } => down(places, &names),
            Self::Stop { name } => with_cluster(&folder, &name, Cluster::stop),
            Self::Freeze { name } => with_cluster(&folder, &name, Cluster::freeze),
            Self::Start { name } => {
                let programs = Programs::build(places)?;
                with_cluster(&folder, &name, |cluster| cluster.start(&programs, &folder))
            }
            Self::Build => Programs::build(places).map(drop),
        }
    }
}

/// Brings the clusters of the request up and tells of all that are there. When somebody interrupts it, those
/// that were not there before go again.
pub(crate) fn up(places: &Places, request: &Up) -> Result<Report> {
    let Provider::Loopback = request.provider;
    let programs = Programs::build(places)?;
    let folder = Folder::of(places);
    let _lock = folder.lock()?;
    let wanted = match &request.name {
        Some(name) => vec![Plan::extra(name, request)?],
        None => (1..=request.clusters)
            .map(|number| Plan::shared(number, request))
            .collect(),
    };
    let before = folder.clusters()?;
    let mut clusters = folder.prepare(&wanted)?;
    let brought_up = bring_up(&mut clusters, &programs, &folder);
    if brought_up.is_err() && interrupt::is_requested() {
        clusters.retain(|cluster| !before.iter().any(|known| known.name == cluster.name));
        take_down(&clusters, &folder)?;
    }
    brought_up?;
    Report::of(&folder)
}

/// Starts what does not run, and shows that it takes a while.
fn bring_up(clusters: &mut [Cluster], programs: &Programs, folder: &Folder) -> Result<()> {
    if clusters.iter().any(|cluster| !cluster.is_whole()) {
        let progress = say::Progress::start(
            format!("starting {}", names(clusters)),
            "tests and demos place workloads over real API servers",
            Some(Duration::from_secs(6 + clusters.len() as u64)),
        );
        ensure_all(clusters, programs, folder)?;
        progress.done();
        Ok(())
    } else {
        ensure_all(clusters, programs, folder)
    }
}

fn names(clusters: &[Cluster]) -> String {
    clusters
        .iter()
        .map(|cluster| cluster.name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Every cluster in a thread of its own; all are seen through to the end before the first error is told.
fn ensure_all(clusters: &mut [Cluster], programs: &Programs, folder: &Folder) -> Result<()> {
    let outcomes = thread::scope(|scope| {
        let started = clusters.iter_mut().map(|cluster| {
            scope.spawn(|| {
                let name = cluster.name.clone();
                cluster
                    .ensure(programs, folder)
                    .with_context(|| format!("cluster {name} did not come up"))
            })
        });
        let started = started.collect::<Vec<_>>();
        started
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect::<Vec<_>>()
    });
    for outcome in outcomes {
        match outcome {
            Ok(Err(error)) => {
                interrupt::check()?;
                return Err(error.context("`cargo xtask lab kubernetes down` ends what was started"));
            }
            Ok(Ok(())) => {}
            Err(_) => bail!("a thread that starts a cluster came to grief"),
        }
    }
    Ok(())
}

/// Ends the named clusters, or all.
pub(crate) fn down(places: &Places, names: &[String]) -> Result<()> {
    let folder = Folder::of(places);
    if !folder.exists() {
        say::line("no Kubernetes lab of this checkout is up");
        return Ok(());
    }
    let _lock = folder.lock()?;
    let clusters = folder.clusters()?;
    if let Some(unknown) = names
        .iter()
        .find(|name| !clusters.iter().any(|cluster| &cluster.name == *name))
    {
        bail!(
            "there is no cluster {unknown}; there are: {}",
            self::names(&clusters)
        );
    }
    let ended = clusters
        .into_iter()
        .filter(|cluster| names.is_empty() || names.contains(&cluster.name));
    take_down(&ended.collect::<Vec<_>>(), &folder)
}

/// Ends clusters and removes all that is known of them; with the last one goes the lab's folder.
fn take_down(clusters: &[Cluster], folder: &Folder) -> Result<()> {
    for cluster in clusters {
        cluster.end()?;
        folder.remove(cluster)?;
        say::line(format_args!("cluster {} is gone", cluster.name));
    }
    folder.remove_if_empty()
}

fn with_cluster(folder: &Folder, name: &str, change: impl FnOnce(&mut Cluster) -> Result<()>) -> Result<()> {
    let _lock = folder.lock()?;
    let clusters = folder.clusters()?;
    let known = names(&clusters);
    let Some(mut cluster) = clusters.into_iter().find(|cluster| cluster.name == name) else {
        bail!("there is no cluster {name}; there are: {known}");
    };
    change(&mut cluster)?;
    folder.save(&cluster)
}

impl Up {
    fn durability(&self) -> Durability {
        if self.fsync {
            Durability::Synced
        } else {
            Durability::Fast
        }
    }
}
