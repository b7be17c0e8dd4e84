//! `krake core`: metrics, their providers, roles and role bindings.

mod metric;
mod metrics_provider;
mod role;

use clap::Subcommand;

use super::error::CliError;
use super::session::Session;
use super::verbs::{run_global, run_namespaced};
use crate::api::{GlobalMetric, GlobalMetricsProvider, Metric, MetricsProvider, Role, RoleBinding};

/// Kinds of the group `core`.
#[derive(Debug, Clone, Subcommand)]
pub enum CoreCommand {
    /// Metrics of a namespace.
    #[command(subcommand)]
    Metric(metric::MetricVerb),
    /// Metrics for all namespaces.
    #[command(subcommand, name = "globalmetric", visible_alias = "gm")]
    GlobalMetric(metric::GlobalMetricVerb),
    /// Metrics providers of a namespace.
    #[command(subcommand, name = "metricsprovider", visible_alias = "mp")]
    MetricsProvider(metrics_provider::MetricsProviderVerb),
    /// Metrics providers for all namespaces.
    #[command(subcommand, name = "globalmetricsprovider", visible_alias = "gmp")]
    GlobalMetricsProvider(metrics_provider::GlobalMetricsProviderVerb),
    /// Roles: what may be done.
    #[command(subcommand)]
    Role(role::RoleVerb),
    /// Role bindings: who may do it.
    #[command(subcommand, name = "rolebinding", visible_alias = "rb")]
    RoleBinding(role::RoleBindingVerb),
}

/// Runs a command of the group.
pub(super) async fn run(session: &Session, command: CoreCommand) -> Result<(), CliError> {
    match command {
        CoreCommand::Metric(verb) => run_namespaced::<Metric, _, _>(session, verb).await,
        CoreCommand::GlobalMetric(verb) => run_global::<GlobalMetric, _, _>(session, verb).await,
        CoreCommand::MetricsProvider(verb) => run_namespaced::<MetricsProvider, _, _>(session, verb).await,
        CoreCommand::GlobalMetricsProvider(verb) => {
            run_global::<GlobalMetricsProvider, _, _>(session, verb).await
        }
        CoreCommand::Role(verb) => run_global::<Role, _, _>(session, verb).await,
        CoreCommand::RoleBinding(verb) => run_global::<RoleBinding, _, _>(session, verb).await,
    }
}
