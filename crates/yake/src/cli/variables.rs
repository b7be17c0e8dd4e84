//! Variables of the command line, and what they are put into.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use common::secrets::Identities;

use super::error::CliError;
use crate::build::{Builder, Object, OnMissing, Tree, Variables, substitute};

/// Options of commands that put in variables.
#[derive(Debug, Clone, Args)]
pub(super) struct VariableOptions {
    /// Put a variable into the built objects, as Flux does; may be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// Take variables from a file with manifests of `ConfigMap` and Secret; may be repeated. --var wins.
    #[arg(long, value_name = "FILE")]
    substitute_from: Vec<PathBuf>,
    /// Put in defaults of variables even without any variable.
    #[arg(long)]
    substitute: bool,
    /// Take a variable without value and default for empty, as Flux does unless told otherwise.
    #[arg(long)]
    lenient: bool,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a variable is given as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl VariableOptions {
    /// Puts the variables into what `path` built to. Files with variables may be encrypted as well.
    pub(super) fn put_into(
        &self,
        objects: &mut [Object],
        path: &Path,
        identities: Option<&Identities>,
    ) -> Result<(), CliError> {
        let variables = self.read(identities)?;
        if !self.substitute && self.substitute_from.is_empty() && variables.is_empty() {
            return Ok(());
        }
        let on_missing = if self.lenient {
            OnMissing::Empty
        } else {
            OnMissing::Fail
        };
        substitute(objects, &variables, on_missing).map_err(|source| CliError::Substitute {
            path: path.to_owned(),
            source,
        })
    }

    fn read(&self, identities: Option<&Identities>) -> Result<Variables, CliError> {
        let mut variables = Variables::new();
        for path in &self.substitute_from {
            for object in manifests(path, identities)? {
                let inserted = variables.insert_object(&object);
                inserted.map_err(|source| CliError::Variables {
                    path: path.clone(),
                    source,
                })?;
            }
        }
        variables.extend(self.variables.iter().cloned());
        Ok(variables)
    }
}

/// The objects of a file alone.
fn manifests(path: &Path, identities: Option<&Identities>) -> Result<Vec<Object>, CliError> {
    let bytes = fs::read(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })?;
    let mut tree = Tree::new();
    tree.insert("variables.yaml", bytes);
    let builder = Builder::new(&tree).decrypt_with(identities);
    let built = builder.build("").map_err(|source| CliError::Build {
        path: path.to_owned(),
        source,
    })?;
    Ok(built.objects)
}
