//! The umbrella: mounts the tools unchanged, with the same parsers and no processes between.

mod version;

use std::collections::BTreeMap;
use std::process::Termination;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use common::clock::Clock;
use common::ui::{ExitCode, Output};
use krake::api::Timestamp;
use krake::cli::{Environment, Krake};

/// One command for the whole landscape.
#[derive(Debug, Parser)]
#[command(name = "alasca", version, propagate_version = false)]
struct Alasca {
    #[command(subcommand)]
    command: Command,
}

/// The tools.
#[derive(Debug, Subcommand)]
enum Command {
    /// Places workloads over many Kubernetes clusters, by labels and metrics.
    Krake(Box<Krake>),
    /// Keeps Gardener landscapes as Git says.
    Yake(Box<yake::cli::Yake>),
    /// Print the version.
    Version(version::VersionOptions),
}

fn main() -> impl Termination {
    let parser = Alasca::command()
        .mut_subcommand("krake", krake::cli::with_examples)
        .mut_subcommand("yake", yake::cli::with_examples);
    let alasca = match Alasca::from_arg_matches(&parser.get_matches()) {
        Ok(alasca) => alasca,
        Err(error) => error.exit(),
    };
    let output = Output::process();
    match alasca.command {
        Command::Krake(command) => krake::cli::main(*command, environment(), &output),
        Command::Yake(command) => yake::cli::main(*command, &surroundings(), &output),
        Command::Version(options) => match version::run(&output, &options) {
            Ok(()) => ExitCode::Success,
            Err(error) => {
                output.error(&error);
                ExitCode::Failure
            }
        },
    }
}

fn variables() -> BTreeMap<String, String> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

fn environment() -> Environment {
    Environment {
        variables: variables(),
        now: || Timestamp::new(jiff::Timestamp::now()),
    }
}

fn surroundings() -> yake::cli::Environment {
    yake::cli::Environment {
        variables: variables(),
        clock: Clock::system(),
    }
}
