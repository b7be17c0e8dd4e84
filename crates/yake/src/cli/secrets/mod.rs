//! `yake secrets`: encrypted files in the format of sops, made, opened, edited, given to others, and looked for.

mod decrypt;
mod edit;
mod editor;
mod encrypt;
mod files;
mod lint;
mod memory;
mod policy;
mod rekey;
mod replace;

use clap::Subcommand;
use common::ui::{ExitCode, Output};

use super::environment::Environment;
use super::error::CliError;

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum SecretsCommand {
    /// Encrypt files, by the creation rules of .sops.yaml or as the options say.
    Encrypt(encrypt::EncryptOptions),
    /// Decrypt files.
    Decrypt(decrypt::DecryptOptions),
    /// Edit an encrypted file; in the clear it lies in memory only.
    Edit(edit::EditOptions),
    /// Let others open encrypted files, or fewer.
    Rekey(rekey::RekeyOptions),
    /// Find secrets and credentials that stand in the clear. Exits with 1 where there are some.
    Lint(lint::LintOptions),
}

/// Runs a command.
pub(super) async fn run(
    command: &SecretsCommand,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    match command {
        SecretsCommand::Encrypt(options) => encrypt::run(options, environment, output)?,
        SecretsCommand::Decrypt(options) => decrypt::run(options, environment, output)?,
        SecretsCommand::Edit(options) => edit::run(options, environment, output).await?,
        SecretsCommand::Rekey(options) => rekey::run(options, environment, output)?,
        SecretsCommand::Lint(options) => return lint::run(options, output),
    }
    Ok(ExitCode::Success)
}
