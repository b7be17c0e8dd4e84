//! `yake secrets encrypt`.

use std::path::PathBuf;

use clap::Args;
use common::secrets::{SystemRandomness, encrypt, lint};
use common::ui::Output;

use super::super::environment::Environment;
use super::super::error::CliError;
use super::files::{Chosen, File, collect, each};
use super::policy::PolicyOptions;
use super::replace::replace;
use crate::secrets::RULES_FILE;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct EncryptOptions {
    /// Files, and folders: of these, the files in which secrets stand in the clear.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Replace the files, and print which; otherwise the one file is printed.
    #[arg(short, long)]
    in_place: bool,
    #[command(flatten)]
    policy: PolicyOptions,
}

/// Runs the command.
pub(super) fn run(
    options: &EncryptOptions,
    environment: &Environment,
    output: &Output,
) -> Result<(), CliError> {
    let mut files = collect(&options.paths)?;
    files.retain(|file| file.chosen == Chosen::Named || has_secrets_in_the_clear(file));
    if !options.in_place && files.len() > 1 {
        return Err(CliError::InPlace { files: files.len() });
    }
    let now = environment.clock.now();
    let encrypted = each(&files, output, |file| {
        let policy = options.policy.policy(&file.path, environment)?;
        let (name, format) = (file.name(), file.format());
        let sealed = encrypt(&name, format, &file.bytes, &policy, now, &mut SystemRandomness)?;
        Ok(Some(sealed))
    })?;
    if options.in_place {
        return replace(&encrypted, output);
    }
    for (_, sealed) in &encrypted {
        output.bytes(sealed)?;
    }
    Ok(())
}

/// What is of no format, like a template, cannot be encrypted value by value: it is left to who names it.
fn has_secrets_in_the_clear(file: &File) -> bool {
    let is_rules = file.path.file_name().is_some_and(|name| name == RULES_FILE);
    !is_rules
        && !file.is_encrypted()
        && lint("", file.format(), &file.bytes, &[]).is_ok_and(|findings| !findings.is_empty())
}
