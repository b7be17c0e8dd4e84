//! The command line: parsers and what they call. No logic of Yake itself, no environment, no exit.
//!
//! [`Yake`] is both the parser of the binary `yake` and a subcommand of the umbrella; [`run()`] does what was parsed.

mod apply;
mod build;
mod check;
mod clusters;
mod diff;
mod doctor;
mod environment;
mod error;
mod events;
mod examples;
mod folder;
mod get;
mod init;
mod keys;
mod landscapes;
mod reference;
mod repository;
mod run;
mod schemas;
mod secrets;
mod status;
mod suspend;
mod trace;
mod tree;
mod upgrade;
mod variables;
mod version;

use clap::{CommandFactory, Parser, Subcommand};
use common::ui::{ExitCode, Output};

pub use environment::Environment;
pub use error::CliError;
pub use examples::{examples, with_examples};
pub use folder::{FolderError, read_folder};
pub use version::VERSION;

/// Keeps Gardener landscapes as Git says.
#[derive(Debug, Clone, Parser)]
#[command(name = "yake", disable_version_flag = true, propagate_version = false)]
pub struct Yake {
    #[command(subcommand)]
    command: Command,
}

/// What Yake can do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Bring a landscape to its clusters, once: apply what differs, remove what is gone from Git, wait until all is well.
    Apply(apply::ApplyOptions),
    /// Show what applying a landscape would change.
    Diff(diff::DiffOptions),
    /// Print the objects that a folder of manifests and overlays stands for.
    Build(build::BuildOptions),
    /// Check a landscape without a cluster: fields, references, ranges of addresses, secrets in the clear.
    Check(check::CheckOptions),
    /// Work on encrypted files.
    #[command(subcommand)]
    Secrets(secrets::SecretsCommand),
    /// Write the repository of a new landscape.
    Init(init::InitOptions),
    /// Tell how a landscape is: all of Gardener's objects judged, and one answer.
    Status(status::StatusOptions),
    /// Upgrade Gardener in waves, or plan it.
    #[command(subcommand)]
    Upgrade(upgrade::UpgradeCommand),
    /// Keep all landscapes of a cluster as their repositories say, until stopped.
    Run(run::RunOptions),
    /// List the landscapes of a cluster, and how their units stand.
    Get(get::GetOptions),
    /// Show the units of a landscape and the objects that each keeps.
    Tree(tree::TreeOptions),
    /// Tell where an object comes from: unit, revision, file and line, commit and author.
    Trace(trace::TraceOptions),
    /// Show what happened to a landscape.
    Events(events::EventsOptions),
    /// Leave a landscape, or units of it, alone until further notice.
    Suspend(suspend::SuspendOptions),
    /// Keep again what was suspended.
    Resume(suspend::SuspendOptions),
    /// Have a landscape fetched and gone through at once, and wait for that.
    Reconcile(suspend::ReconcileOptions),
    /// Look for what keeps landscapes from being kept, and say how to mend it.
    Doctor(doctor::DoctorOptions),
    /// Print the version.
    Version(version::VersionOptions),
    /// Write the reference pages of the documentation.
    #[command(hide = true)]
    Reference(reference::ReferenceOptions),
    /// Make the schemas that the program carries.
    #[command(hide = true)]
    Schemas(schemas::SchemasOptions),
}

/// The parser with the examples of every subcommand.
pub fn command() -> clap::Command {
    with_examples(Yake::command())
}

/// Runs a command to its end: the exit code says how it went, the standard error output why.
pub fn main(yake: Yake, environment: &Environment, output: &Output) -> ExitCode {
    let ended = tokio::runtime::Runtime::new()
        .map_err(CliError::Start)
        .and_then(|runtime| runtime.block_on(run(yake, environment, output)));
    match ended {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            error.exit_code()
        }
    }
}

/// Does what was parsed.
pub async fn run(yake: Yake, environment: &Environment, output: &Output) -> Result<ExitCode, CliError> {
    match yake.command {
        Command::Apply(options) => return apply::run(&options, environment, output).await,
        Command::Diff(options) => return diff::run(&options, environment, output).await,
        Command::Build(options) => build::run(&options, environment, output)?,
        Command::Init(options) => return init::run(&options, environment, output),
        Command::Check(options) => return check::run(output, &options).await,
        Command::Secrets(command) => return secrets::run(&command, environment, output).await,
        Command::Status(options) => return status::run(&options, environment, output).await,
        Command::Upgrade(command) => return upgrade::run(&command, environment, output).await,
        Command::Run(options) => run::run(&options, environment, output).await?,
        Command::Get(options) => return get::run(&options, environment, output).await,
        Command::Tree(options) => return tree::run(&options, environment, output).await,
        Command::Trace(options) => return trace::run(&options, environment, output).await,
        Command::Events(options) => return events::run(&options, environment, output).await,
        Command::Suspend(options) => {
            return suspend::run(&options, suspend::Word::Suspend, environment, output).await;
        }
        Command::Resume(options) => {
            return suspend::run(&options, suspend::Word::Resume, environment, output).await;
        }
        Command::Reconcile(options) => return suspend::reconcile(&options, environment, output).await,
        Command::Doctor(options) => return doctor::run(&options, environment, output).await,
        Command::Version(options) => version::run(output, &options)?,
        Command::Reference(options) => reference::run(&options)?,
        Command::Schemas(options) => schemas::run(&options).await?,
    }
    Ok(ExitCode::Success)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_options_of_every_command_are_consistent() {
        super::command().debug_assert();
    }
}
