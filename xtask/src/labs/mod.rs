//! Labs: real servers on this machine, from package registries alone. One folder per lab.
//!
//! Every lab keeps to the same rules: all it writes lies in the cache or in this checkout's run folder,
//! its processes are ended by their own ids, `up` twice changes nothing, `down` leaves nothing.

mod golang;
pub(crate) mod kubernetes;
pub(crate) mod ports;
pub(crate) mod programs;
pub(crate) mod servers;

use clap::Subcommand;

use crate::places::Places;

/// The labs there are.
#[derive(Debug, Subcommand)]
pub(crate) enum Lab {
    /// Kubernetes clusters: real control planes, simulated nodes
    Kubernetes {
        #[command(subcommand)]
        command: kubernetes::Command,
    },
    /// Single servers: Prometheus
    Servers {
        #[command(subcommand)]
        command: servers::Command,
    },
    /// Programs that tests compare with: sops and age, kustomize
    Programs(programs::Command),
}

impl Lab {
    pub(crate) fn run(self, places: &Places) -> anyhow::Result<()> {
        match self {
            Self::Kubernetes { command } => command.run(places),
            Self::Servers { command } => command.run(places),
            Self::Programs(command) => command.run(places),
        }
    }
}
