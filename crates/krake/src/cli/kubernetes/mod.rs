//! `krake kubernetes`: applications and clusters.

mod application;
mod cluster;

use clap::Subcommand;

pub(super) use cluster::KubeconfigError;

use super::error::CliError;
use super::session::Session;

/// Kinds of the group `kubernetes`.
#[derive(Debug, Clone, Subcommand)]
pub enum KubernetesCommand {
    /// Applications: what shall run, and where it may.
    #[command(subcommand, visible_alias = "app")]
    Application(application::ApplicationVerb),
    /// Clusters on which applications run.
    #[command(subcommand)]
    Cluster(cluster::ClusterVerb),
}

/// Runs a command of the group.
pub(super) async fn run(session: &Session, command: KubernetesCommand) -> Result<(), CliError> {
    match command {
        KubernetesCommand::Application(verb) => application::run(session, verb).await,
        KubernetesCommand::Cluster(verb) => cluster::run(session, verb).await,
    }
}
