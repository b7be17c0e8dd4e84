//! The figures, one file each.

mod creates;
mod delivery;
mod drift;
mod list;
mod memory;
mod moves;
mod placement;
mod scheduling;
mod steady;
mod world;

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use super::report::Measurement;

/// How much is done for a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// What the table of targets says.
    Full,
    /// A tenth of it, to see that everything works.
    Quick,
}

impl Scale {
    /// `count`, or a tenth of it.
    fn of(self, count: usize) -> usize {
        match self {
            Self::Full => count,
            Self::Quick => count / 10,
        }
    }
}

/// What is measured, and with what.
#[derive(Debug)]
pub struct Bench {
    /// The product, built for release.
    pub krake: PathBuf,
    /// Kubeconfigs of at least two real clusters.
    pub members: Vec<PathBuf>,
    /// Kubeconfig of the peer: an API server whose etcd syncs to disk.
    pub peer: Option<PathBuf>,
    /// Where data directories go; has to be a real disk.
    pub folder: PathBuf,
    /// How much is done.
    pub scale: Scale,
}

/// A figure, in the order in which all of them run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Figure {
    /// Durable creates per second.
    Creates,
    /// The same of the peer.
    Peer,
    /// List of 1000 applications.
    List,
    /// 1000 applications over 100 simulated clusters, without and with metrics.
    Scheduling,
    /// Every event of many writers reaches a watcher.
    Watch,
    /// Creation of an application to its object on a real member.
    Placement,
    /// Deletion of an object on the member to its return.
    Drift,
    /// Change of a cluster's label to the application at the new place.
    Moves,
    /// Resident memory, idle and loaded.
    Memory,
    /// 10 000 applications at rest, and the cost of a decision.
    Steady,
}

/// Runs one figure.
pub async fn run(bench: &Bench, figure: Figure) -> Result<Vec<Measurement>> {
    match figure {
        Figure::Creates => creates::run(bench).await,
        Figure::Peer => creates::peer(bench).await,
        Figure::List => list::run(bench).await,
        Figure::Scheduling => scheduling::run(bench).await,
        Figure::Watch => delivery::run(bench).await,
        Figure::Placement => placement::run(bench).await,
        Figure::Drift => drift::run(bench).await,
        Figure::Moves => moves::run(bench).await,
        Figure::Memory => memory::run(bench).await,
        Figure::Steady => steady::run(bench).await,
    }
}
