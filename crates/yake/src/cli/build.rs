//! `yake build`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use common::ui::{Output, OutputFormat};

use super::environment::Environment;
use super::error::CliError;
use super::folder::read_folder;
use super::keys::KeyOptions;
use super::variables::VariableOptions;
use crate::build::{Builder, Object, Value, write};
use crate::mask;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct BuildOptions {
    /// Folder with a kustomization file, or with manifests only.
    path: PathBuf,
    /// Folder that nothing is read from outside of; the Git repository around PATH by default.
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,
    #[command(flatten)]
    variables: VariableOptions,
    /// Open what sops encrypted.
    #[arg(long)]
    decrypt: bool,
    #[command(flatten)]
    keys: KeyOptions,
    /// Print secret values, which are masked otherwise.
    #[arg(long)]
    show_secrets: bool,
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

/// Runs the command.
pub(super) fn run(
    options: &BuildOptions,
    environment: &Environment,
    output: &Output,
) -> Result<(), CliError> {
    let identities = if options.decrypt {
        Some(options.keys.identities(environment)?)
    } else {
        None
    };
    let (tree, folder) = read_folder(&options.path, options.root.as_deref())?;
    let builder = Builder::new(&tree).decrypt_with(identities.as_ref());
    let mut built = builder.build(&folder).map_err(|source| CliError::Build {
        path: options.path.clone(),
        source,
    })?;
    for warning in &built.warnings {
        output.warn(warning);
    }
    options
        .variables
        .put_into(&mut built.objects, &options.path, identities.as_ref())?;
    let values: Vec<Value> = built.objects.iter().map(|object| options.shown(object)).collect();
    match options.output {
        BuildFormat::Yaml => {
            let documents: Vec<String> = values.iter().map(write).collect();
            output.write(&documents.join("---\n"))?;
        }
        BuildFormat::Json => output.document(&values, OutputFormat::Json)?,
    }
    Ok(())
}

impl BuildOptions {
    /// An object as it is printed: what was secret before the command stays so.
    fn shown(&self, object: &Object) -> Value {
        let is_hidden = !self.show_secrets && (self.decrypt || object.is_from_secrets());
        if is_hidden {
            mask::value(&object.value, &object.secret_fields())
        } else {
            object.value.clone()
        }
    }
}
