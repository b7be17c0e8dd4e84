//! `krake core metric` and `krake core globalmetric`: the same options, two kinds.

use clap::Args;

use crate::api::{GlobalMetric, Metadata, Metric, MetricProviderRef, MetricSpec};
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::cli::specified::{Specified, set};
use crate::cli::verbs::{Build, Change, GlobalVerb, NamespacedVerb};

/// Verbs of `krake core metric`.
pub(super) type MetricVerb = NamespacedVerb<NewMetric, MetricChange>;
/// Verbs of `krake core globalmetric`.
pub(super) type GlobalMetricVerb = GlobalVerb<NewMetric, MetricChange>;

/// What a new metric consists of.
#[derive(Debug, Clone, Args)]
pub struct NewMetric {
    /// Metrics provider that measures it (a global one for a global metric).
    #[arg(long, visible_alias = "gmp-name", value_name = "PROVIDER")]
    mp_name: String,
    /// Name of the metric at the provider [default: NAME].
    #[arg(long, value_name = "METRIC")]
    metric_name: Option<String>,
    /// Value that counts as 0 in the ranking.
    #[arg(long, allow_negative_numbers = true)]
    min: f64,
    /// Value that counts as 1 in the ranking.
    #[arg(long, allow_negative_numbers = true)]
    max: f64,
    /// The only valid values; without it every value between the bounds is valid.
    #[arg(long, value_name = "VALUE", num_args = 0.., allow_negative_numbers = true)]
    allowed_values: Vec<i64>,
}

/// What can change in a metric.
#[derive(Debug, Clone, Args)]
pub struct MetricChange {
    /// Metrics provider that measures it (a global one for a global metric).
    #[arg(long, visible_alias = "gmp-name", value_name = "PROVIDER")]
    mp_name: Option<String>,
    /// Name of the metric at the provider.
    #[arg(long, value_name = "METRIC")]
    metric_name: Option<String>,
    /// Value that counts as 0 in the ranking.
    #[arg(long, allow_negative_numbers = true)]
    min: Option<f64>,
    /// Value that counts as 1 in the ranking.
    #[arg(long, allow_negative_numbers = true)]
    max: Option<f64>,
    /// The only valid values; none for every value between the bounds.
    #[arg(long, value_name = "VALUE", num_args = 0.., allow_negative_numbers = true)]
    allowed_values: Option<Vec<i64>>,
}

/// The two kinds of metrics.
trait AnyMetric: Specified<Spec = MetricSpec> {}
impl AnyMetric for Metric {}
impl AnyMetric for GlobalMetric {}

impl<K: AnyMetric> Build<K> for NewMetric {
    fn build(self, metadata: Metadata, _: &Session) -> Result<K, CliError> {
        let spec = MetricSpec {
            allowed_values: sorted(self.allowed_values),
            min: self.min,
            max: self.max,
            provider: MetricProviderRef {
                name: self.mp_name,
                metric: self.metric_name.unwrap_or_else(|| metadata.name.clone()),
            },
        };
        Ok(K::with_spec(metadata, spec))
    }
}

impl<K: AnyMetric> Change<K> for MetricChange {
    fn change(&self, metric: &mut K, _: &Session) -> Result<(), CliError> {
        let Self {
            mp_name,
            metric_name,
            min,
            max,
            allowed_values,
        } = self;
        let spec = metric.spec_mut();
        set(&mut spec.provider.name, mp_name.as_ref());
        set(&mut spec.provider.metric, metric_name.as_ref());
        set(&mut spec.min, min.as_ref());
        set(&mut spec.max, max.as_ref());
        set(
            &mut spec.allowed_values,
            allowed_values.clone().map(sorted).as_ref(),
        );
        Ok(())
    }
}

fn sorted(mut values: Vec<i64>) -> Vec<i64> {
    values.sort_unstable();
    values.dedup();
    values
}
