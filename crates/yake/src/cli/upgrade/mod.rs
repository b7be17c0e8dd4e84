//! `yake upgrade`: to the versions that Git wants, in waves.

mod plan;
mod run;

use std::fs;
use std::path::Path;

use clap::Subcommand;
use common::ui::{ExitCode, Output};

use super::environment::Environment;
use super::error::CliError;
use crate::api::Versions;
use crate::landscape::upgrade::Vector;

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum UpgradeCommand {
    /// Show the waves, what each waits for, and the rules that forbid. Writes nothing.
    Plan(plan::PlanOptions),
    /// Go through the waves: write the versions of one, wait until it is proven, go on with the next. May be
    /// interrupted at any time; the same command goes on from where the landscape is.
    Run(run::RunOptions),
}

/// Runs a command.
pub(super) async fn run(
    command: &UpgradeCommand,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    match command {
        UpgradeCommand::Plan(options) => plan::run(options, environment, output).await,
        UpgradeCommand::Run(options) => run::run(options, environment, output).await,
    }
}

/// The file of versions.
fn read(path: &Path) -> Result<Vector, CliError> {
    let text = fs::read_to_string(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })?;
    let versions: Versions = serde_saphyr::from_str(&text).map_err(|error| CliError::Document {
        path: path.to_owned(),
        why: error.to_string(),
    })?;
    Ok(versions.into())
}
