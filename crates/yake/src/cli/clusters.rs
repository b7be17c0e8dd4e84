//! The clusters that a command looks at.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use common::kube::{Connection, Timeouts};
use common::ui::Output;

use super::environment::Environment;
use super::error::CliError;
use crate::observe::{self, Observation};
use crate::upgrade::Clusters;

/// Options that say which clusters are meant.
#[derive(Debug, Clone, Args)]
pub(super) struct ClusterOptions {
    /// Kubeconfig of the runtime cluster, where the operator runs; `$KUBECONFIG` or ~/.kube/config by default.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Kubeconfig of the virtual garden. Without it, what belongs there is not seen, unless a landscape names a
    /// Secret that holds one.
    #[arg(long, value_name = "FILE")]
    virtual_kubeconfig: Option<PathBuf>,
}

impl ClusterOptions {
    /// The runtime cluster.
    pub(super) async fn runtime(&self, environment: &Environment) -> Result<Connection, CliError> {
        match self
            .kubeconfig
            .clone()
            .or_else(|| default_kubeconfig(environment))
        {
            Some(file) => connect(&file).await,
            None => Err(CliError::NoKubeconfig),
        }
    }

    /// The virtual garden, if the command line names one.
    pub(super) async fn garden(&self) -> Result<Option<Connection>, CliError> {
        match &self.virtual_kubeconfig {
            Some(file) => Ok(Some(connect(file).await?)),
            None => Ok(None),
        }
    }

    /// Connections to both; nothing is sent yet.
    pub(super) async fn connect(&self, environment: &Environment) -> Result<Clusters, CliError> {
        Ok(Clusters {
            runtime: self.runtime(environment).await?,
            garden: self.garden().await?,
        })
    }

    /// Reads the landscape, and warns of kinds that a server does not have.
    pub(super) async fn observe(
        &self,
        environment: &Environment,
        output: &Output,
    ) -> Result<Observation, CliError> {
        let Clusters { runtime, garden } = self.connect(environment).await?;
        let observation = observe::landscape(&runtime, garden.as_ref()).await?;
        for kind in &observation.absent {
            output.warn(&format!("there is no {kind}"));
        }
        Ok(observation)
    }
}

/// Where kubectl looks: the first file of `$KUBECONFIG`, else the one in the home directory.
fn default_kubeconfig(environment: &Environment) -> Option<PathBuf> {
    let listed = environment.variable("KUBECONFIG").map(std::env::split_paths);
    let first = listed.and_then(|mut paths| paths.find(|path| !path.as_os_str().is_empty()));
    let home = || Some(Path::new(environment.variable("HOME")?).join(".kube/config"));
    first.or_else(|| home().filter(|file| file.exists()))
}

/// A connection by the file of a kubeconfig.
pub(super) async fn connect(file: &Path) -> Result<Connection, CliError> {
    let text = fs::read(file).map_err(|source| CliError::Read {
        path: file.to_owned(),
        source,
    })?;
    Ok(Connection::from_slice(&text, Timeouts::default()).await?)
}
