//! `yake secrets decrypt`.

use std::path::PathBuf;

use clap::Args;
use common::secrets::{PlainDocument, decrypt};
use common::ui::Output;

use super::super::environment::Environment;
use super::super::error::CliError;
use super::super::keys::KeyOptions;
use super::files::{Chosen, collect, each};
use super::replace::replace;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct DecryptOptions {
    /// Files, and folders: of these, the files that are encrypted.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Replace the files, and print which; otherwise the one file is printed.
    #[arg(short, long)]
    in_place: bool,
    #[command(flatten)]
    keys: KeyOptions,
}

/// A document that goes to where somebody asked for it.
struct Shown(PlainDocument);

impl AsRef<[u8]> for Shown {
    fn as_ref(&self) -> &[u8] {
        self.0.expose()
    }
}

/// Runs the command.
pub(super) fn run(
    options: &DecryptOptions,
    environment: &Environment,
    output: &Output,
) -> Result<(), CliError> {
    let identities = options.keys.identities(environment)?;
    let mut files = collect(&options.paths)?;
    files.retain(|file| file.chosen == Chosen::Named || file.is_encrypted());
    if !options.in_place && files.len() > 1 {
        return Err(CliError::InPlace { files: files.len() });
    }
    let plain = each(&files, output, |file| {
        let opened = decrypt(&file.name(), file.format(), &file.bytes, &identities)?;
        Ok(Some(Shown(opened.plain()?)))
    })?;
    if options.in_place {
        return replace(&plain, output);
    }
    for (_, document) in &plain {
        output.bytes(document.as_ref())?;
    }
    Ok(())
}
