//! `alasca version`.

use clap::Args;
use common::ui::{Detail, Output, OutputFormat, Render, Table};
use serde::Serialize;

/// Options of the command.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  alasca version --all")]
pub(crate) struct VersionOptions {
    /// The version of every tool.
    #[arg(long)]
    all: bool,
    /// Form of the output.
    #[arg(short, long, value_enum, default_value_t)]
    output: OutputFormat,
}

/// A tool and its version.
#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Versions of tools.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Versions(Vec<Tool>);

impl Render for Versions {
    fn table(&self, _: Detail) -> Table {
        Table::of_properties(self.0.iter().map(|tool| (tool.name, tool.version)))
    }

    fn names(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|tool| format!("{}/{}", tool.name, tool.version))
            .collect()
    }
}

/// Runs the command.
pub(crate) fn run(output: &Output, options: &VersionOptions) -> std::io::Result<()> {
    let mut tools = vec![Tool {
        name: "alasca",
        version: env!("CARGO_PKG_VERSION"),
    }];
    if options.all {
        tools.push(Tool {
            name: "krake",
            version: krake::cli::VERSION,
        });
        tools.push(Tool {
            name: "yake",
            version: yake::cli::VERSION,
        });
    }
    output.render(&Versions(tools), options.output)
}
