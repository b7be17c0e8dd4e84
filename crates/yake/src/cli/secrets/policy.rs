//! How a new file is encrypted: as the options say, else by the creation rules of the closest `.sops.yaml` above it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use common::secrets::{Coverage, CreationRules, Indent, Policy, Reason, Recipient, Selection};

use super::super::environment::Environment;
use super::super::error::CliError;
use crate::secrets::RULES_FILE;

/// Options of commands that encrypt.
#[derive(Debug, Clone, Args)]
pub(super) struct PolicyOptions {
    /// Encrypt to this age recipient instead of those of .sops.yaml; may be repeated.
    #[arg(long = "age", value_name = "RECIPIENT", value_delimiter = ',')]
    recipients: Vec<Recipient>,
    /// With --age: encrypt only values below keys that this matches.
    #[arg(long, value_name = "REGEX", requires = "recipients")]
    encrypted_regex: Option<String>,
    /// File with creation rules, instead of the closest .sops.yaml above each file.
    #[arg(long, value_name = "FILE", conflicts_with = "recipients")]
    config: Option<PathBuf>,
}

impl PolicyOptions {
    /// Creation rules only.
    pub(super) fn of_rules(config: Option<PathBuf>) -> Self {
        Self {
            recipients: Vec::new(),
            encrypted_regex: None,
            config,
        }
    }

    /// What is done with a file. `SOPS_AGE_RECIPIENTS` stands for `--age` where neither this nor a file says anything.
    pub(super) fn policy(&self, path: &Path, environment: &Environment) -> Result<Policy, CliError> {
        let of_file = |reason: Reason| CliError::File {
            path: path.to_owned(),
            source: reason,
        };
        if !self.recipients.is_empty() {
            return self.given(self.recipients.clone()).map_err(of_file);
        }
        match self.rules(path)? {
            Some((rules, inside)) => rules.policy(&inside).map_err(of_file),
            None => match environment.variable("SOPS_AGE_RECIPIENTS") {
                Some(names) => {
                    let recipients = names.split(',').map(str::parse).collect::<Result<_, _>>();
                    recipients
                        .and_then(|recipients| self.given(recipients))
                        .map_err(of_file)
                }
                None => Err(of_file(Reason::NoRule)),
            },
        }
    }

    fn given(&self, recipients: Vec<Recipient>) -> Result<Policy, Reason> {
        let selection = match &self.encrypted_regex {
            Some(regex) => Selection::parse("encrypted_regex", regex)?,
            None => Selection::default(),
        };
        Ok(Policy {
            recipients,
            selection,
            coverage: Coverage::AllValues,
            indent: Indent::default(),
        })
    }

    /// The rules for a file, and its path as the rules see it.
    fn rules(&self, path: &Path) -> Result<Option<(CreationRules, String)>, CliError> {
        let absolute = std::path::absolute(path).map_err(|source| CliError::Read {
            path: path.to_owned(),
            source,
        })?;
        let above = || absolute.ancestors().skip(1).map(|folder| folder.join(RULES_FILE));
        let file = match &self.config {
            Some(file) => Some(std::path::absolute(file).unwrap_or_else(|_| file.clone())),
            None => above().find(|file| file.is_file()),
        };
        let Some(file) = file else { return Ok(None) };
        let text = fs::read_to_string(&file).map_err(|source| CliError::Read {
            path: file.clone(),
            source,
        })?;
        let rules = CreationRules::parse(&text).map_err(|source| CliError::File {
            path: file.clone(),
            source,
        })?;
        let inside = file
            .parent()
            .and_then(|folder| absolute.strip_prefix(folder).ok());
        let inside = inside.unwrap_or(&absolute).display().to_string();
        Ok(Some((rules, inside)))
    }
}
