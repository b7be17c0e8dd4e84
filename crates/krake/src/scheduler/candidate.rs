//! A cluster as the scheduler sees it: effective labels, effective metrics, and whether it may be used.

use std::collections::{BTreeMap, BTreeSet};

use super::inputs::Inputs;
use super::metric::{Evaluation, evaluate};
use crate::api::{
    Cloud, CloudSpec, Cluster, ClusterState, GlobalCloud, Kind, MetricRef, Reason, ReasonCode, ResourceRef,
};

/// A cluster with all that decisions need to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Which cluster.
    pub cluster: ResourceRef,
    /// State as stored.
    pub state: ClusterState,
    /// Whether its deletion has begun.
    pub deleted: bool,
    /// Its labels, with those of its cloud if it inherits them.
    pub labels: BTreeMap<String, String>,
    /// Custom resource definitions that it offers.
    pub custom_resources: Vec<String>,
    /// Metrics with a value. Empty if any of its metrics has none: values count all together or not at all.
    pub metrics: Vec<WeightedMetric>,
    /// Why metrics have no usable value, by name.
    pub failures: BTreeMap<String, Reason>,
    /// Metrics whose provider was not asked yet.
    pub pending: BTreeSet<String>,
    /// Sum over the metrics of weight times normalised value.
    pub(super) weighted: f64,
    /// Sum of the weights.
    pub(super) weights: f64,
}

/// A metric of a cluster with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedMetric {
    /// Name of the metric.
    pub name: String,
    /// Whether it is a metric of the namespace rather than a global one.
    pub namespaced: bool,
    /// Whether the cluster has it from its cloud.
    pub inherited: bool,
    /// Weight in the ranking.
    pub weight: f64,
    /// Value as its provider gave it.
    pub raw: f64,
    /// Value within its range, from 0 to 1.
    pub normalised: f64,
    /// Value that counts as 0.
    pub min: f64,
    /// Value that counts as 1.
    pub max: f64,
}

impl WeightedMetric {
    /// What the metric adds to the score, and what metric constraints compare.
    pub fn contribution(&self) -> f64 {
        self.weight * self.normalised
    }
}

impl Candidate {
    /// Sees a cluster.
    pub(super) fn of(inputs: &Inputs, cluster: &Cluster) -> Self {
        let mut candidate = Self {
            cluster: cluster.reference(),
            state: cluster.status.state,
            deleted: cluster.metadata.is_deleted(),
            labels: effective_labels(inputs, cluster),
            custom_resources: cluster.spec.custom_resources.clone(),
            metrics: Vec::new(),
            failures: BTreeMap::new(),
            pending: BTreeSet::new(),
            weighted: 0.0,
            weights: 0.0,
        };
        candidate.evaluate(inputs, references(inputs, cluster));
        candidate
    }

    /// Name of the cluster.
    pub fn name(&self) -> &str {
        &self.cluster.name
    }

    /// Whether applications may be put there as far as its state goes. What was read just now counts, not
    /// what is stored: a cluster whose metrics fail drops out at once, one whose metrics recovered comes in.
    pub fn is_available(&self) -> bool {
        !self.deleted && self.is_up() && self.failures.is_empty() && self.pending.is_empty()
    }

    /// Whether it only lacks values that will be read soon.
    pub(super) fn is_pending(&self) -> bool {
        !self.deleted && self.is_up() && self.failures.is_empty() && !self.pending.is_empty()
    }

    /// Whether the cluster itself works, whatever its metrics say.
    fn is_up(&self) -> bool {
        matches!(self.state, ClusterState::Online | ClusterState::FailingMetrics)
    }

    fn evaluate(&mut self, inputs: &Inputs, references: Vec<Reference<'_>>) {
        for reference in references {
            match reference.evaluate(inputs) {
                Evaluation::Value { raw, normalised } => {
                    self.metrics.push(reference.weighted(inputs, raw, normalised));
                }
                Evaluation::Pending => {
                    self.pending.insert(reference.name.to_owned());
                }
                Evaluation::Failed(reason) => {
                    self.failures.insert(reference.name.to_owned(), reason);
                }
            }
        }
        if !self.failures.is_empty() || !self.pending.is_empty() {
            self.metrics.clear();
        }
        self.weighted = self.metrics.iter().map(WeightedMetric::contribution).sum();
        self.weights = self.metrics.iter().map(|metric| metric.weight).sum();
    }
}

/// A reference to a metric, resolved to where the metric lives.
pub(super) struct Reference<'a> {
    /// Name of the metric.
    pub(super) name: &'a str,
    /// Namespace of the metric, none for a global one.
    pub(super) namespace: Option<String>,
    weight: f64,
    inherited: bool,
    /// A global cloud refers to a namespaced metric; the API refuses that, older data may have it.
    is_without_namespace: bool,
}

impl Reference<'_> {
    fn evaluate(&self, inputs: &Inputs) -> Evaluation {
        if self.is_without_namespace {
            return Evaluation::Failed(Reason::new(
                ReasonCode::InvalidMetric,
                format!(
                    "A global cloud cannot refer to the namespaced metric '{}'.",
                    self.name
                ),
            ));
        }
        evaluate(inputs, self.namespace.as_deref(), self.name)
    }

    fn weighted(&self, inputs: &Inputs, raw: f64, normalised: f64) -> WeightedMetric {
        let spec = inputs
            .metrics
            .get(&(self.namespace.clone(), self.name.to_owned()));
        WeightedMetric {
            name: self.name.to_owned(),
            namespaced: self.namespace.is_some(),
            inherited: self.inherited,
            weight: self.weight,
            raw,
            normalised,
            min: spec.map_or(0.0, |spec| spec.min),
            max: spec.map_or(1.0, |spec| spec.max),
        }
    }
}

/// All metrics that count for a cluster: its own, then those of its cloud if it inherits them. Its own
/// reference to a metric hides the cloud's.
pub(super) fn references<'a>(inputs: &'a Inputs, cluster: &'a Cluster) -> Vec<Reference<'a>> {
    let own = cluster.metadata.namespace.as_deref();
    let mut all: Vec<_> = cluster
        .spec
        .metrics
        .iter()
        .map(|metric| resolve(metric, own, false))
        .collect();
    if cluster.spec.inherit_metrics
        && let Some(cloud) = CloudOf::find(inputs, cluster)
    {
        for metric in cloud.metrics() {
            let reference = resolve(metric, cloud.namespace(), true);
            if !all
                .iter()
                .any(|known| known.name == reference.name && known.namespace == reference.namespace)
            {
                all.push(reference);
            }
        }
    }
    all
}

fn resolve<'a>(metric: &'a MetricRef, namespace: Option<&str>, inherited: bool) -> Reference<'a> {
    Reference {
        name: &metric.name,
        namespace: namespace.filter(|_| metric.namespaced).map(str::to_owned),
        weight: metric.weight,
        inherited,
        is_without_namespace: metric.namespaced && namespace.is_none(),
    }
}

fn effective_labels(inputs: &Inputs, cluster: &Cluster) -> BTreeMap<String, String> {
    let mut labels = cluster.metadata.labels.clone();
    if cluster.metadata.inherit_labels
        && let Some(cloud) = CloudOf::find(inputs, cluster)
    {
        labels.extend(cloud.labels().clone());
    }
    labels
}

/// The cloud of a cluster, of either kind.
enum CloudOf<'a> {
    Namespaced(&'a Cloud),
    Global(&'a GlobalCloud),
}

impl<'a> CloudOf<'a> {
    fn find(inputs: &'a Inputs, cluster: &Cluster) -> Option<Self> {
        let reference = cluster.status.scheduled_to.as_ref()?;
        match &reference.namespace {
            Some(_) => {
                let key = (reference.namespace.clone(), reference.name.clone());
                inputs.clouds.get(&key).map(|cloud| Self::Namespaced(cloud))
            }
            None => inputs
                .global_clouds
                .get(&reference.name)
                .map(|cloud| Self::Global(cloud)),
        }
    }

    fn labels(&self) -> &'a BTreeMap<String, String> {
        match self {
            Self::Namespaced(cloud) => &cloud.metadata.labels,
            Self::Global(cloud) => &cloud.metadata.labels,
        }
    }

    fn namespace(&self) -> Option<&'a str> {
        match self {
            Self::Namespaced(cloud) => cloud.metadata.namespace.as_deref(),
            Self::Global(_) => None,
        }
    }

    fn metrics(&self) -> &'a [MetricRef] {
        let CloudSpec::Openstack { openstack } = match self {
            Self::Namespaced(cloud) => &cloud.spec,
            Self::Global(cloud) => &cloud.spec,
        };
        &openstack.metrics
    }
}
