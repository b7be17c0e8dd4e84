//! The commands and where each of them lives.

use clap::{Parser, Subcommand};

use crate::places::Places;
use crate::{bench, demo, docs, labs, schemas, setup, test};

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
    /// Install what the other chores need and this machine lacks
    Setup,
    /// Run all that CI runs
    Test(test::Arguments),
    /// Run the end-to-end stories against the lab
    E2e(test::EndToEnd),
    /// Write the generated reference pages, or check that they are up to date
    Docs(docs::Arguments),
    /// Make the schemas that `yake check` carries
    Schemas(schemas::Arguments),
    /// Tell a story with the real product on real clusters
    Demo(demo::Demo),
    /// Measured values beside the targets and beside what others reach
    Bench {
        #[command(subcommand)]
        bench: bench::Bench,
    },
}

impl Cli {
    pub(crate) fn run(self, places: &Places) -> anyhow::Result<()> {
        match self.command {
            Command::Lab { lab } => lab.run(places),
            Command::Setup => setup::run(places),
            Command::Test(arguments) => test::run(places, &arguments),
            Command::E2e(arguments) => test::run_stories(places, &arguments),
            Command::Docs(arguments) => docs::run(places, &arguments),
            Command::Schemas(arguments) => schemas::run(places, &arguments),
            Command::Demo(demo) => demo.run(places),
            Command::Bench { bench } => bench.run(places),
        }
    }
}
