//! The keys that open encrypted files, from where the real sops looks for them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use common::secrets::Identities;
use zeroize::Zeroizing;

use super::environment::Environment;
use super::error::CliError;

/// Options of commands that open encrypted files.
#[derive(Debug, Clone, Args)]
pub(super) struct KeyOptions {
    /// File with age secret keys; may be repeated. `SOPS_AGE_KEY`, `SOPS_AGE_KEY_FILE` and sops's own
    /// configuration folder are looked into as well.
    #[arg(long = "age-key-file", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl KeyOptions {
    /// All keys at hand.
    pub(super) fn identities(&self, environment: &Environment) -> Result<Identities, CliError> {
        let mut identities = Identities::default();
        if let Some(keys) = environment.variable("SOPS_AGE_KEY") {
            identities.extend(parse("SOPS_AGE_KEY", keys)?);
        }
        let named = environment.variable("SOPS_AGE_KEY_FILE").map(PathBuf::from);
        for file in self.files.iter().chain(&named) {
            identities.extend(read(file)?);
        }
        if let Some(file) = environment
            .config_home()
            .map(|home| home.join("sops/age/keys.txt"))
        {
            match read(&file) {
                Err(CliError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                other => identities.extend(other?),
            }
        }
        Ok(identities)
    }
}

fn read(file: &Path) -> Result<Identities, CliError> {
    let text = fs::read_to_string(file).map_err(|source| CliError::Read {
        path: file.to_owned(),
        source,
    })?;
    parse(&file.display().to_string(), &Zeroizing::new(text))
}

fn parse(place: &str, text: &str) -> Result<Identities, CliError> {
    Identities::parse(text).map_err(|source| CliError::Keys {
        place: place.to_owned(),
        source,
    })
}
