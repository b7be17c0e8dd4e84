//! `krake openstack`: projects and Magnum clusters.

mod cluster;
mod project;

use clap::Subcommand;

use super::error::CliError;
use super::session::Session;
use super::verbs::run_namespaced;
use crate::api::{MagnumCluster, Project};

/// Kinds of the group `openstack`.
#[derive(Debug, Clone, Subcommand)]
pub enum OpenstackCommand {
    /// Projects in which Magnum creates clusters.
    #[command(subcommand)]
    Project(project::ProjectVerb),
    /// Clusters that Magnum creates.
    #[command(subcommand)]
    Cluster(cluster::ClusterVerb),
}

/// Runs a command of the group.
pub(super) async fn run(session: &Session, command: OpenstackCommand) -> Result<(), CliError> {
    match command {
        OpenstackCommand::Project(verb) => run_namespaced::<Project, _, _>(session, verb).await,
        OpenstackCommand::Cluster(verb) => run_namespaced::<MagnumCluster, _, _>(session, verb).await,
    }
}
