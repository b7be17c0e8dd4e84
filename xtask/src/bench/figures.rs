//! The figures, what each needs, and how long it takes.

use std::time::Duration;

use clap::ValueEnum;

/// Figures in the order in which they run: first those that want the machine for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Figure {
    Creates,
    Peer,
    List,
    Scheduling,
    Watch,
    Steady,
    Placement,
    Drift,
    Moves,
    Memory,
}

/// What a figure needs beside Krake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lab {
    /// Nothing.
    None,
    /// An API server whose etcd syncs to disk.
    Peer,
    /// Real clusters to place things on.
    Members,
}

impl Figure {
    /// As the load program calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Creates => "creates",
            Self::Peer => "peer",
            Self::List => "list",
            Self::Scheduling => "scheduling",
            Self::Watch => "watch",
            Self::Steady => "steady",
            Self::Placement => "placement",
            Self::Drift => "drift",
            Self::Moves => "moves",
            Self::Memory => "memory",
        }
    }

    pub(super) fn lab(self) -> Lab {
        match self {
            Self::Creates | Self::List | Self::Scheduling | Self::Watch | Self::Steady => Lab::None,
            Self::Peer => Lab::Peer,
            Self::Placement | Self::Drift | Self::Moves | Self::Memory => Lab::Members,
        }
    }

    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Creates => "durable creates per second",
            Self::Peer => "the same client against kube-apiserver and a syncing etcd",
            Self::List => "list of 1000 applications",
            Self::Scheduling => "1000 applications over 100 clusters",
            Self::Watch => "50 writers and a watcher",
            Self::Steady => "10 000 applications at rest",
            Self::Placement => "creation to object on a real cluster",
            Self::Drift => "deleted object to its return",
            Self::Moves => "changed label to the new place",
            Self::Memory => "idle, and with 1000 applications on 100 clusters",
        }
    }

    /// On two quiet cores.
    pub(super) fn expected(self) -> Duration {
        Duration::from_secs(match self {
            Self::Creates => 8,
            Self::List | Self::Watch => 4,
            Self::Scheduling => 10,
            Self::Peer | Self::Memory => 30,
            Self::Placement | Self::Drift | Self::Moves => 60,
            Self::Steady => 120,
        })
    }
}
