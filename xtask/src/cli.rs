//! The commands and where each of them lives.

use clap::{Parser, Subcommand};

use crate::labs;
use crate::places::Places;

/// Chores of the workspace.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Real servers for tests, demos and benchmarks
    Lab {
        #[command(subcommand)]
        lab: labs::Lab,
    },
}

impl Cli {
    pub(crate) fn run(self, places: &Places) -> anyhow::Result<()> {
        match self.command {
            Command::Lab { lab } => lab.run(places),
        }
    }
}
