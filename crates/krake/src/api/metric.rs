//! Metrics and the providers that measure them (group `core`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::kind;
use super::{ApiTag, KindTag, Metadata, Scope, SecretText, Violations};

/// What a metric is: its range and where its value comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricSpec {
    /// If not empty, the only values that count as valid. The original requires the member; its library
    /// client never sends it, so it may be missing here.
    #[serde(default)]
    pub allowed_values: Vec<i64>,
    /// Value that is normalised to 0.
    pub min: f64,
    /// Value that is normalised to 1.
    pub max: f64,
    /// Where the value comes from.
    pub provider: MetricProviderRef,
}

impl MetricSpec {
    fn check(&self, violations: &mut Violations) {
        if !(self.min.is_finite() && self.max.is_finite()) {
            violations.add("spec.min", "The bounds must be finite numbers.");
        } else if self.min >= self.max {
            violations.add("spec.max", "The maximum must be greater than the minimum.");
        }
    }
}

/// Names a metrics provider and the metric there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct MetricProviderRef {
    /// Name of the GlobalMetricsProvider (for a GlobalMetric) or of the MetricsProvider in the same namespace.
    pub name: String,
    /// Name of the metric at the provider.
    pub metric: String,
}

/// A metric that objects of all namespaces may refer to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GlobalMetric {
    /// `core`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `GlobalMetric`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// Range and source.
    pub spec: MetricSpec,
}
kind!(GlobalMetric, "core", "globalmetrics", Global, secrets: []);

impl GlobalMetric {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Global, violations);
        self.spec.check(violations);
    }
}

/// A metric of one namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metric {
    /// `core`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `Metric`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// Range and source.
    pub spec: MetricSpec,
}
kind!(Metric, "core", "metrics", Namespaced, secrets: []);

impl Metric {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Namespaced, violations);
        self.spec.check(violations);
    }
}

/// How to reach a metrics provider: `{"type": "<type>", "<type>": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
#[expect(missing_docs, reason = "each variant wraps the body of its own name")]
pub enum MetricsProviderSpec {
    Prometheus { prometheus: PrometheusSpec },
    Kafka { kafka: KafkaSpec },
    Influx { influx: InfluxSpec },
    Static { r#static: StaticSpec },
}

/// A Prometheus server or anything that speaks its query API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrometheusSpec {
    /// Base URL, `http://host:9090`.
    pub url: String,
}

/// A KSQL server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KafkaSpec {
    /// Column that holds the metric's name.
    pub comparison_column: String,
    /// Column that holds its value.
    pub value_column: String,
    /// Table.
    pub table: String,
    /// Base URL.
    pub url: String,
}

/// An InfluxDB 2 server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfluxSpec {
    /// Base URL.
    pub url: String,
    /// Access token.
    pub token: SecretText,
    /// Organisation.
    pub org: String,
    /// Bucket.
    pub bucket: String,
}

/// Values that stand in the object itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StaticSpec {
    /// Value of each metric.
    pub metrics: BTreeMap<String, f64>,
}

/// A provider for global metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GlobalMetricsProvider {
    /// `core`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `GlobalMetricsProvider`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// How to reach it.
    pub spec: MetricsProviderSpec,
}
kind!(GlobalMetricsProvider, "core", "globalmetricsproviders", Global, secrets: ["/spec/influx/token"]);

impl GlobalMetricsProvider {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Global, violations);
    }
}

/// A provider for the metrics of one namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricsProvider {
    /// `core`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `MetricsProvider`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// How to reach it.
    pub spec: MetricsProviderSpec,
}
kind!(MetricsProvider, "core", "metricsproviders", Namespaced, secrets: ["/spec/influx/token"]);

impl MetricsProvider {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Namespaced, violations);
    }
}

/// A weighted reference to a metric, in clusters, clouds and projects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricRef {
    /// Name of the metric.
    pub name: String,
    /// Weight in the ranking.
    pub weight: f64,
    /// Whether it names a Metric of the referring object's namespace rather than a GlobalMetric.
    #[serde(default)]
    pub namespaced: bool,
}
