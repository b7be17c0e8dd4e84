//! `yake build`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use common::ui::{Output, OutputFormat};

use super::error::CliError;
use super::folder::read_folder;
use crate::build::{OnMissing, Value, Variables, build, substitute, write};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct BuildOptions {
    /// Folder with a kustomization file, or with manifests only.
    path: PathBuf,
    /// Folder that nothing is read from outside of; the Git repository around PATH by default.
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,
    /// Put a variable into the built objects, as Flux does; may be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// Put in defaults of variables even without any --var.
    #[arg(long)]
    substitute: bool,
    /// Take a variable without value and default for empty, as Flux does unless told otherwise.
    #[arg(long)]
    lenient: bool,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: BuildFormat,
}

/// Forms of the result.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum BuildFormat {
    /// Documents of YAML.
    #[default]
    Yaml,
    /// A list in JSON.
    Json,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a variable is given as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Runs the command.
pub(super) fn run(options: &BuildOptions, output: &Output) -> Result<(), CliError> {
    let (tree, folder) = read_folder(&options.path, options.root.as_deref())?;
    let mut built = build(&tree, &folder).map_err(|source| CliError::Build {
        path: options.path.clone(),
        source,
    })?;
    for warning in &built.warnings {
        output.warn(warning);
    }
    if options.substitute || !options.variables.is_empty() {
        let variables: Variables = options.variables.iter().cloned().collect();
        let on_missing = if options.lenient {
            OnMissing::Empty
        } else {
            OnMissing::Fail
        };
        substitute(&mut built.objects, &variables, on_missing).map_err(|source| CliError::Substitute {
            path: options.path.clone(),
            source,
        })?;
    }
    let values: Vec<&Value> = built.objects.iter().map(|object| &object.value).collect();
    match options.output {
        BuildFormat::Yaml => {
            let documents: Vec<String> = values.into_iter().map(write).collect();
            output.write(&documents.join("---\n"))?;
        }
        BuildFormat::Json => output.document(&values, OutputFormat::Json)?,
    }
    Ok(())
}
