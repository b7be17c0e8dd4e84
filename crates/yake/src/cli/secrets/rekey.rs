//! `yake secrets rekey`.

use std::path::PathBuf;

use clap::Args;
use common::secrets::{Change, Identities, Recipient, SystemRandomness, decrypt, give};
use common::ui::Output;

use super::super::environment::Environment;
use super::super::error::CliError;
use super::super::keys::KeyOptions;
use super::files::{Chosen, File, collect, each};
use super::policy::PolicyOptions;
use super::replace::replace;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct RekeyOptions {
    /// Files, and folders: of these, the files that are encrypted.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Let this age recipient open the files as well; may be repeated. Without --add, --remove and --rotate, those
    /// of the creation rules can open them afterwards and nobody else.
    #[arg(long, value_name = "RECIPIENT", value_delimiter = ',')]
    add: Vec<Recipient>,
    /// Do not let this age recipient open them any more; may be repeated.
    #[arg(long, value_name = "RECIPIENT", value_delimiter = ',')]
    remove: Vec<Recipient>,
    /// Make new keys of the files too, which encrypts every value anew.
    #[arg(long)]
    rotate: bool,
    #[command(flatten)]
    keys: KeyOptions,
    /// File with creation rules, instead of the closest .sops.yaml above each file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(
    options: &RekeyOptions,
    environment: &Environment,
    output: &Output,
) -> Result<(), CliError> {
    let identities = options.keys.identities(environment)?;
    let mut files = collect(&options.paths)?;
    files.retain(|file| file.chosen == Chosen::Named || file.is_encrypted());
    let changed = each(&files, output, |file| {
        let change = options.change(file, environment)?;
        options.one(file, &change, &identities, environment)
    })?;
    replace(&changed, output)?;
    if !options.remove.is_empty() && !options.rotate {
        output.note(
            "who was removed may have kept the keys of the files, and has seen the secrets: --rotate makes new keys, \
             new secrets have to come from elsewhere",
        );
    }
    Ok(())
}

impl RekeyOptions {
    fn change(&self, file: &File, environment: &Environment) -> Result<Change, CliError> {
        if !self.add.is_empty() || !self.remove.is_empty() || self.rotate {
            return Ok(Change::Adjust {
                add: self.add.clone(),
                remove: self.remove.clone(),
            });
        }
        let policy = PolicyOptions::of_rules(self.config.clone()).policy(&file.path, environment)?;
        Ok(Change::Set(policy.recipients))
    }

    fn one(
        &self,
        file: &File,
        change: &Change,
        identities: &Identities,
        environment: &Environment,
    ) -> Result<Option<Vec<u8>>, CliError> {
        let (name, format) = (file.name(), file.format());
        if !self.rotate {
            return Ok(give(&name, format, &file.bytes, identities, change)?);
        }
        let opened = decrypt(&name, format, &file.bytes, identities)?;
        let recipients = change.recipients(opened.recipients());
        let recipients: Vec<Recipient> = recipients
            .iter()
            .map(|name| name.parse())
            .collect::<Result<_, _>>()
            .map_err(|source| CliError::File {
                path: file.path.clone(),
                source,
            })?;
        let now = environment.clock.now();
        Ok(Some(opened.rekey(&recipients, now, &mut SystemRandomness)?))
    }
}
