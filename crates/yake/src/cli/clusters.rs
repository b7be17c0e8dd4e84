//! The clusters that a command looks at.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use common::kube::{Connection, Timeouts};
use common::ui::Output;

use super::error::CliError;
use crate::observe::{self, Observation};

/// Options of commands that look at a landscape.
#[derive(Debug, Clone, Args)]
pub(super) struct ClusterOptions {
    /// Kubeconfig of the runtime cluster, where the operator runs.
    #[arg(long, value_name = "FILE")]
    kubeconfig: PathBuf,
    /// Kubeconfig of the virtual garden. Without it seeds, projects and shoots are not seen.
    #[arg(long, value_name = "FILE")]
    virtual_kubeconfig: Option<PathBuf>,
}

impl ClusterOptions {
    /// Reads the landscape, and warns of kinds that a server does not have.
    pub(super) async fn observe(&self, output: &Output) -> Result<Observation, CliError> {
        let runtime = connect(&self.kubeconfig).await?;
        let garden = match &self.virtual_kubeconfig {
            Some(file) => Some(connect(file).await?),
            None => None,
        };
        let observation = observe::landscape(&runtime, garden.as_ref()).await?;
        for kind in &observation.absent {
            output.warn(&format!("there is no {kind}"));
        }
        Ok(observation)
    }
}

/// A connection by the file of a kubeconfig.
pub(super) async fn connect(file: &Path) -> Result<Connection, CliError> {
    let text = fs::read(file).map_err(|source| CliError::Read {
        path: file.to_owned(),
        source,
    })?;
    Ok(Connection::from_slice(&text, Timeouts::default()).await?)
}
