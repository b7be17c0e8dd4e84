//! The kinds by name, for commands that take a kind as an argument or find it in a file.

use clap::ValueEnum;

/// Names of all kinds, as arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
#[value(rename_all = "lowercase")]
pub(super) enum KindName {
    /// Applications.
    #[value(alias = "app", alias = "applications", alias = "apps")]
    Application,
    /// Clusters.
    #[value(alias = "clusters")]
    Cluster,
    /// Metrics of a namespace.
    #[value(alias = "metrics")]
    Metric,
    /// Metrics for all namespaces.
    #[value(alias = "gm", alias = "globalmetrics")]
    GlobalMetric,
    /// Metrics providers of a namespace.
    #[value(alias = "mp", alias = "metricsproviders")]
    MetricsProvider,
    /// Metrics providers for all namespaces.
    #[value(alias = "gmp", alias = "globalmetricsproviders")]
    GlobalMetricsProvider,
    /// Roles.
    #[value(alias = "roles")]
    Role,
    /// Role bindings.
    #[value(alias = "rb", alias = "rolebindings")]
    RoleBinding,
    /// Infrastructure providers of a namespace.
    #[value(alias = "provider", alias = "ip", alias = "infrastructureproviders")]
    InfrastructureProvider,
    /// Infrastructure providers for all namespaces.
    #[value(alias = "gprovider", alias = "gip", alias = "globalinfrastructureproviders")]
    GlobalInfrastructureProvider,
    /// Clouds of a namespace.
    #[value(alias = "clouds")]
    Cloud,
    /// Clouds for all namespaces.
    #[value(alias = "gcloud", alias = "gc", alias = "globalclouds")]
    GlobalCloud,
    /// Projects.
    #[value(alias = "projects")]
    Project,
    /// Magnum clusters.
    #[value(alias = "magnumclusters")]
    MagnumCluster,
}

/// Runs an expression with a type alias for the kind that a [`KindName`] names.
macro_rules! with_kind {
    ($name:expr, $kind:ident => $body:expr) => {
        $crate::cli::kinds::with_kind!(@each $name, $kind, $body,
            [Application, Cluster, Metric, GlobalMetric, MetricsProvider, GlobalMetricsProvider, Role, RoleBinding,
             InfrastructureProvider, GlobalInfrastructureProvider, Cloud, GlobalCloud, Project, MagnumCluster])
    };
    (@each $name:expr, $kind:ident, $body:expr, [$($each:ident),*]) => {
        match $name {
            $($crate::cli::kinds::KindName::$each => {
                type $kind = $crate::api::$each;
                $body
            })*
        }
    };
}
pub(super) use with_kind;

use crate::api::Kind;

impl KindName {
    /// The kind that a document names by its `api` and `kind`.
    pub(super) fn of_document(api: Option<&str>, kind: &str) -> Option<Self> {
        Self::value_variants()
            .iter()
            .copied()
            .find(|name| with_kind!(*name, K => K::KIND == kind && api.is_none_or(|api| api == K::API)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_name_their_kind_by_group_and_name() {
        assert_eq!(KindName::of_document(Some("core"), "Role"), Some(KindName::Role));
        assert_eq!(
            KindName::of_document(None, "MagnumCluster"),
            Some(KindName::MagnumCluster)
        );
        assert_eq!(KindName::of_document(Some("kubernetes"), "Role"), None);
        assert_eq!(KindName::of_document(Some("core"), "Rolle"), None);
    }
}
