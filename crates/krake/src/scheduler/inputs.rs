//! Everything that decisions depend on besides the application.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use crate::api::{
    Cloud, Cluster, GlobalCloud, GlobalMetric, GlobalMetricsProvider, Kind, Metric, MetricSpec,
    MetricsProvider, MetricsProviderSpec, Reason,
};

/// Names a metrics provider: a global one, or one of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderKey {
    /// Namespace, none for a global provider.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

impl fmt::Display for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What a provider said about one metric.
pub type Reading = Result<f64, Reason>;

/// What all providers said: by provider, then by the metric's name there. What is missing was not read yet.
pub type Readings = HashMap<ProviderKey, HashMap<String, Reading>>;

/// Which metrics of which providers decisions depend on.
pub type Wanted = BTreeMap<ProviderKey, BTreeSet<String>>;

/// Key of an object in [`Inputs`]: its namespace, none for global kinds, and its name.
type Key = (Option<String>, String);

/// The objects and readings of one moment.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Clusters of all namespaces.
    pub clusters: Vec<Arc<Cluster>>,
    pub(super) clouds: HashMap<Key, Arc<Cloud>>,
    pub(super) global_clouds: HashMap<String, Arc<GlobalCloud>>,
    pub(super) metrics: HashMap<Key, MetricSpec>,
    pub(super) providers: HashMap<ProviderKey, MetricsProviderSpec>,
    /// What the providers said.
    pub readings: Readings,
}

fn key<K: Kind>(object: &K) -> Key {
    let metadata = object.metadata();
    (metadata.namespace.clone(), metadata.name.clone())
}

fn provider_key<K: Kind>(object: &K) -> ProviderKey {
    let (namespace, name) = key(object);
    ProviderKey { namespace, name }
}

impl Inputs {
    /// No objects at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// With these clusters.
    #[must_use]
    pub fn with_clusters(mut self, clusters: impl IntoIterator<Item = Arc<Cluster>>) -> Self {
        self.clusters.extend(clusters);
        self
    }

    /// With these clouds, from which clusters may inherit.
    #[must_use]
    pub fn with_clouds(
        mut self,
        clouds: impl IntoIterator<Item = Arc<Cloud>>,
        global: impl IntoIterator<Item = Arc<GlobalCloud>>,
    ) -> Self {
        self.clouds
            .extend(clouds.into_iter().map(|cloud| (key(&*cloud), cloud)));
        self.global_clouds.extend(
            global
                .into_iter()
                .map(|cloud| (cloud.metadata.name.clone(), cloud)),
        );
        self
    }

    /// With these metrics.
    #[must_use]
    pub fn with_metrics(
        mut self,
        metrics: impl IntoIterator<Item = Arc<Metric>>,
        global: impl IntoIterator<Item = Arc<GlobalMetric>>,
    ) -> Self {
        self.metrics.extend(
            metrics
                .into_iter()
                .map(|metric| (key(&*metric), metric.spec.clone())),
        );
        self.metrics.extend(
            global
                .into_iter()
                .map(|metric| ((None, metric.metadata.name.clone()), metric.spec.clone())),
        );
        self
    }

    /// With these metrics providers.
    #[must_use]
    pub fn with_providers(
        mut self,
        providers: impl IntoIterator<Item = Arc<MetricsProvider>>,
        global: impl IntoIterator<Item = Arc<GlobalMetricsProvider>>,
    ) -> Self {
        self.providers.extend(
            providers
                .into_iter()
                .map(|provider| (provider_key(&*provider), provider.spec.clone())),
        );
        self.providers.extend(global.into_iter().map(|provider| {
            let key = ProviderKey {
                namespace: None,
                name: provider.metadata.name.clone(),
            };
            (key, provider.spec.clone())
        }));
        self
    }

    /// How to reach a provider.
    pub fn provider(&self, key: &ProviderKey) -> Option<&MetricsProviderSpec> {
        self.providers.get(key)
    }

    /// Which metrics of which providers the clusters refer to, directly or through their clouds.
    pub fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::new();
        for cluster in self
            .clusters
            .iter()
            .filter(|cluster| !cluster.metadata.is_deleted())
        {
            for reference in super::candidate::references(self, cluster) {
                let metric = (reference.namespace.clone(), reference.name.to_owned());
                if let Some(spec) = self.metrics.get(&metric) {
                    let provider = ProviderKey {
                        namespace: reference.namespace,
                        name: spec.provider.name.clone(),
                    };
                    wanted
                        .entry(provider)
                        .or_default()
                        .insert(spec.provider.metric.clone());
                }
            }
        }
        wanted
    }
}
