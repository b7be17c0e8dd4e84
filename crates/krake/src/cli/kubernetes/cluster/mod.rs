//! `krake kube cluster`.

mod create;
mod delete;
mod get;
mod kubeconfig;
mod register;
mod update;

use clap::Subcommand;
pub(crate) use kubeconfig::KubeconfigError;

use crate::api::Cluster;
use crate::cli::error::CliError;
use crate::cli::options::{GetOptions, ListOptions};
use crate::cli::session::Session;
use crate::cli::verbs::list_namespaced;

/// What can be done with clusters.
#[derive(Debug, Clone, Subcommand)]
pub enum ClusterVerb {
    /// Register an existing cluster by its kubeconfig.
    Register(register::RegisterCluster),
    /// Create a record of a cluster that is to be made from a TOSCA template.
    Create(create::CreateCluster),
    /// List clusters.
    List(ListOptions),
    /// Show a cluster.
    Get(GetOptions),
    /// Change a cluster.
    Update(update::UpdateCluster),
    /// Delete a cluster; its applications go with it.
    Delete(delete::DeleteCluster),
}

/// Runs a verb.
pub(super) async fn run(session: &Session, verb: ClusterVerb) -> Result<(), CliError> {
    match verb {
        ClusterVerb::Register(options) => register::run(session, options).await,
        ClusterVerb::Create(options) => create::run(session, options).await,
        ClusterVerb::List(options) => list_namespaced::<Cluster>(session, options).await,
        ClusterVerb::Get(options) => get::run(session, options).await,
        ClusterVerb::Update(options) => update::run(session, options).await,
        ClusterVerb::Delete(options) => delete::run(session, options).await,
    }
}
