//! Kinds with a `spec`: made from it, changed through it.

use crate::api::{
    Application, ApplicationSpec, Cloud, CloudSpec, Cluster, ClusterSpec, GlobalCloud,
    GlobalInfrastructureProvider, GlobalMetric, GlobalMetricsProvider, InfrastructureProvider,
    InfrastructureProviderSpec, Kind, MagnumCluster, MagnumClusterSpec, Metadata, Metric, MetricSpec,
    MetricsProvider, MetricsProviderSpec, Project, ProjectSpec,
};

/// A kind with a `spec`.
pub(super) trait Specified: Kind {
    /// Type of the `spec`.
    type Spec;
    /// A new object.
    fn with_spec(metadata: Metadata, spec: Self::Spec) -> Self;
    /// Write access to the `spec`.
    fn spec_mut(&mut self) -> &mut Self::Spec;
}

macro_rules! specified {
    ($($kind:ident: $spec:ident $(, $status:ident)?;)*) => {$(
        impl Specified for $kind {
            type Spec = $spec;
            fn with_spec(metadata: Metadata, spec: $spec) -> Self {
                Self { api: Default::default(), kind: Default::default(), metadata, spec, $($status: Default::default())? }
            }
            fn spec_mut(&mut self) -> &mut $spec { &mut self.spec }
        }
    )*};
}

specified! {
    Application: ApplicationSpec, status;
    Cluster: ClusterSpec, status;
    Cloud: CloudSpec, status;
    GlobalCloud: CloudSpec, status;
    GlobalInfrastructureProvider: InfrastructureProviderSpec;
    GlobalMetric: MetricSpec;
    GlobalMetricsProvider: MetricsProviderSpec;
    InfrastructureProvider: InfrastructureProviderSpec;
    MagnumCluster: MagnumClusterSpec, status;
    Metric: MetricSpec;
    MetricsProvider: MetricsProviderSpec;
    Project: ProjectSpec, status;
}

/// Replaces a member when an option for it was given.
pub(super) fn set<T: Clone>(member: &mut T, new: Option<&T>) {
    if let Some(new) = new {
        member.clone_from(new);
    }
}
