//! The landscape of a folder, and the clusters that it is about, as commands see them.

use std::path::{Path, PathBuf};

use clap::Args;
use common::git::{Checkout, Files};
use common::secrets::Identities;
use common::ui::Output;

use super::clusters::ClusterOptions;
use super::environment::Environment;
use super::error::CliError;
use super::folder::read_folder;
use super::keys::KeyOptions;
use crate::api::names::LANDSCAPE_FILE;
use crate::api::{Landscape, Versions};
use crate::build::Tree;
use crate::landscape::upgrade::Vector;
use crate::sync::{Clusters, Desired, Sources, desired, garden, variables, within};

/// Options of commands that bring a landscape's folder to its clusters.
#[derive(Debug, Clone, Args)]
pub(super) struct RepositoryOptions {
    /// Folder with the landscape's `landscape.yaml`.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Folder that nothing is read from outside of; the Git repository around PATH by default.
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,
    /// Only this unit; may be repeated.
    #[arg(long = "unit", value_name = "NAME")]
    pub(super) units: Vec<String>,
    #[command(flatten)]
    clusters: ClusterOptions,
    #[command(flatten)]
    keys: KeyOptions,
}

/// A landscape as its folder has it, and its clusters.
pub(super) struct Repository {
    /// The landscape's file.
    pub(super) landscape: Landscape,
    /// The versions that it shall have.
    pub(super) versions: Option<Vector>,
    /// Its clusters.
    pub(super) clusters: Clusters,
    /// A folder of the repository that it is in.
    pub(super) top: PathBuf,
    /// The commit that the folder is at; none if files of it are not as committed.
    pub(super) revision: Option<String>,
    tree: Tree,
    folder: String,
    identities: Identities,
}

impl RepositoryOptions {
    /// Reads the folder and connects to the clusters.
    pub(super) async fn open(&self, environment: &Environment) -> Result<Repository, CliError> {
        let (tree, folder) = read_folder(&self.path, self.root.as_deref())?;
        let landscape: Landscape = parse(&tree, &within(&folder, LANDSCAPE_FILE))?;
        let versions = match &landscape.spec.versions {
            Some(file) => Some(parse::<Versions>(&tree, &within(&folder, file))?.into()),
            None => None,
        };
        self.know_units(&landscape)?;
        let runtime = self.clusters.runtime(environment).await?;
        let garden = match self.clusters.garden().await? {
            Some(garden) => Some(garden),
            None => garden(&landscape, &runtime).await?,
        };
        Ok(Repository {
            landscape,
            versions,
            clusters: Clusters { runtime, garden },
            revision: revision(&self.path),
            top: self.path.clone(),
            tree,
            folder,
            identities: self.keys.identities(environment)?,
        })
    }

    fn know_units(&self, landscape: &Landscape) -> Result<(), CliError> {
        let names: Vec<_> = landscape
            .spec
            .units
            .iter()
            .map(|unit| unit.name.clone())
            .collect();
        match self.units.iter().find(|name| !names.contains(name)) {
            None => Ok(()),
            Some(name) => Err(CliError::NoSuchUnit {
                name: name.clone(),
                known: names.join(", "),
            }),
        }
    }
}

impl Repository {
    /// What the folder wants; says what was odd.
    pub(super) async fn desired(&self, output: &Output) -> Result<Desired, CliError> {
        let variables = variables(&self.landscape, &self.clusters.runtime).await?;
        let sources = Sources {
            tree: &self.tree,
            folder: &self.folder,
            identities: &self.identities,
            variables: &variables,
            overlay: None,
        };
        let desired = desired(&self.landscape, sources);
        for warning in desired.units.iter().flat_map(|unit| &unit.warnings) {
            output.warn(warning);
        }
        Ok(desired)
    }
}

/// The commit of a checkout whose files are as committed.
fn revision(folder: &Path) -> Option<String> {
    let checkout = Checkout::of(folder).ok().flatten()?;
    (checkout.files == Files::Committed).then(|| checkout.revision.to_string())
}

fn parse<T: serde::de::DeserializeOwned>(tree: &Tree, file: &str) -> Result<T, CliError> {
    let text = tree.text(file).map_err(CliError::Tree)?;
    serde_saphyr::from_str(text).map_err(|error| CliError::Document {
        path: PathBuf::from(file),
        why: error.to_string(),
    })
}
