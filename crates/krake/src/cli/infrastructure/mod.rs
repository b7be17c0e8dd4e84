//! `krake infrastructure`: infrastructure providers and clouds.

mod cloud;
mod provider;

use clap::Subcommand;

use super::error::CliError;
use super::session::Session;
use super::verbs::{run_global, run_namespaced};
use crate::api::{Cloud, GlobalCloud, GlobalInfrastructureProvider, InfrastructureProvider};

/// Kinds of the group `infrastructure`.
#[derive(Debug, Clone, Subcommand)]
pub enum InfrastructureCommand {
    /// Infrastructure providers for clouds of all namespaces.
    #[command(subcommand, name = "globalinfrastructureprovider", visible_aliases = ["gprovider", "gip"])]
    GlobalInfrastructureProvider(provider::GlobalProviderVerb),
    /// Infrastructure providers of a namespace.
    #[command(subcommand, name = "infrastructureprovider", visible_aliases = ["provider", "ip"])]
    InfrastructureProvider(provider::ProviderVerb),
    /// Clouds for all namespaces.
    #[command(subcommand, name = "globalcloud", visible_aliases = ["gcloud", "gc"])]
    GlobalCloud(cloud::GlobalCloudVerb),
    /// Clouds of a namespace.
    #[command(subcommand)]
    Cloud(cloud::CloudVerb),
}

/// Runs a command of the group.
pub(super) async fn run(session: &Session, command: InfrastructureCommand) -> Result<(), CliError> {
    match command {
        InfrastructureCommand::GlobalInfrastructureProvider(verb) => {
            run_global::<GlobalInfrastructureProvider, _, _>(session, verb).await
        }
        InfrastructureCommand::InfrastructureProvider(verb) => {
            run_namespaced::<InfrastructureProvider, _, _>(session, verb).await
        }
        InfrastructureCommand::GlobalCloud(verb) => run_global::<GlobalCloud, _, _>(session, verb).await,
        InfrastructureCommand::Cloud(verb) => run_namespaced::<Cloud, _, _>(session, verb).await,
    }
}
