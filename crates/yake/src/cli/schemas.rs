//! `yake schemas`: makes the schemas that the program carries, from definitions and from an API server. Called by
//! `cargo xtask schemas`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use common::kube::Connection;

use super::clusters::connect;
use super::error::CliError;
use crate::build::{Document, read};
use crate::check::{Bundle, from_definition, from_list, from_openapi};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct SchemasOptions {
    /// Where they come from, for people.
    #[arg(long, value_name = "TEXT")]
    source: String,
    /// Folder with definitions in YAML; may be repeated.
    #[arg(long, value_name = "FOLDER")]
    definitions: Vec<PathBuf>,
    /// Folder with lists of fields, noted by hand, of kinds without definitions; may be repeated.
    #[arg(long, value_name = "FOLDER")]
    by_hand: Vec<PathBuf>,
    /// Kubeconfig of an API server whose own kinds are taken.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// File to write.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

/// Runs the command.
pub(super) async fn run(options: &SchemasOptions) -> Result<(), CliError> {
    let mut bundle = Bundle {
        source: options.source.clone(),
        ..Bundle::default()
    };
    for folder in &options.definitions {
        definitions(folder, &mut bundle)?;
    }
    for folder in &options.by_hand {
        lists(folder, &mut bundle)?;
    }
    if let Some(file) = &options.kubeconfig {
        let connection = connect(file).await?;
        for api_version in connection.described_groups().await? {
            bundle.extend(described(&connection, &api_version).await?.unwrap_or_default());
        }
    }
    bundle.tidy();
    let packed = bundle.pack()?;
    fs::write(&options.output, packed).map_err(|source| CliError::Write {
        path: options.output.clone(),
        source,
    })
}

/// What a server says of a group and version.
pub(super) async fn described(
    connection: &Connection,
    api_version: &str,
) -> Result<Option<Bundle>, CliError> {
    let Some(document) = connection.description(api_version).await? else {
        return Ok(None);
    };
    Ok(Some(from_openapi(&document)?))
}

fn definitions(folder: &Path, bundle: &mut Bundle) -> Result<(), CliError> {
    for (path, document) in documents(folder)? {
        let value = serde_json::to_value(&document.value).map_err(not_understood(&path))?;
        bundle.kinds.extend(from_definition(&value)?);
    }
    Ok(())
}

fn lists(folder: &Path, bundle: &mut Bundle) -> Result<(), CliError> {
    for (path, document) in documents(folder)? {
        from_list(&document.value, bundle).map_err(not_understood(&path))?;
    }
    Ok(())
}

fn not_understood<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> CliError {
    let path = path.to_owned();
    move |error| CliError::Definition {
        path: path.clone(),
        why: error.to_string(),
    }
}

/// All documents of YAML in a folder, in the order of their files.
fn documents(folder: &Path) -> Result<Vec<(PathBuf, Document)>, CliError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| CliError::Read { path, source }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        files.push(entry.map_err(failed(folder))?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let mut documents = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).map_err(failed(&file))?;
        let read = read(&text).map_err(not_understood(&file))?;
        documents.extend(read.into_iter().map(|document| (file.clone(), document)));
    }
    Ok(documents)
}
