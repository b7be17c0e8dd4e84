//! `krake kube app`.

mod create;
mod delete;
mod events;
mod inject;
mod options;
mod retry;
mod update;

use clap::Subcommand;

use crate::api::Application;
use crate::cli::error::CliError;
use crate::cli::options::{GetOptions, ListOptions};
use crate::cli::session::Session;
use crate::cli::verbs::{get_namespaced, list_namespaced};

/// What can be done with applications.
#[derive(Debug, Clone, Subcommand)]
pub enum ApplicationVerb {
    /// Create an application from Kubernetes manifests, a TOSCA template or a CSAR archive.
    Create(create::CreateApplication),
    /// List applications.
    List(ListOptions),
    /// Show an application.
    Get(GetOptions),
    /// Change an application.
    Update(update::UpdateApplication),
    /// Delete an application and its objects on the cluster.
    Delete(delete::DeleteApplication),
    /// Try a stopped migration or deletion again.
    Retry(GetOptions),
    /// Show what happened to an application and why.
    Events(GetOptions),
}

/// Runs a verb.
pub(super) async fn run(session: &Session, verb: ApplicationVerb) -> Result<(), CliError> {
    match verb {
        ApplicationVerb::Create(options) => create::run(session, options).await,
        ApplicationVerb::List(options) => list_namespaced::<Application>(session, options).await,
        ApplicationVerb::Get(options) => get_namespaced::<Application>(session, options).await,
        ApplicationVerb::Update(options) => update::run(session, options).await,
        ApplicationVerb::Delete(options) => delete::run(session, options).await,
        ApplicationVerb::Retry(options) => retry::run(session, options).await,
        ApplicationVerb::Events(options) => events::run(session, options).await,
    }
}
