//! From a reference to a metric to its weighted, normalised value, or the reason why there is none.

use std::collections::HashMap;

use super::inputs::{Inputs, ProviderKey, Reading};
use crate::api::{MetricSpec, MetricsProviderSpec, Reason, ReasonCode};

/// What became of a reference to a metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Evaluation {
    /// A value within its range.
    Value {
        /// As the provider gave it.
        raw: f64,
        /// Between 0 and 1.
        normalised: f64,
    },
    /// The provider was not asked yet.
    Pending,
    /// No usable value.
    Failed(Reason),
}

/// Evaluates the metric `name` of `namespace` (none for a global metric).
pub(super) fn evaluate(inputs: &Inputs, namespace: Option<&str>, name: &str) -> Evaluation {
    let key = (namespace.map(str::to_owned), name.to_owned());
    let Some(spec) = inputs.metrics.get(&key) else {
        return failed(
            ReasonCode::UnknownMetric,
            format!("The metric '{name}' was not found in the Krake database."),
        );
    };
    let provider = ProviderKey {
        namespace: key.0,
        name: spec.provider.name.clone(),
    };
    match read(inputs, &provider, &spec.provider.metric) {
        None => Evaluation::Pending,
        Some(Err(reason)) => Evaluation::Failed(reason),
        Some(Ok(raw)) => match normalise(name, spec, raw) {
            Ok(normalised) => Evaluation::Value { raw, normalised },
            Err(reason) => Evaluation::Failed(reason),
        },
    }
}

fn failed(code: ReasonCode, message: String) -> Evaluation {
    Evaluation::Failed(Reason::new(code, message))
}

/// The raw value; none while the provider was not asked yet. Static values stand in the object itself.
fn read(inputs: &Inputs, provider: &ProviderKey, metric: &str) -> Option<Reading> {
    let unreachable = |what: &str| {
        Err(Reason::new(
            ReasonCode::UnreachableMetricsProvider,
            format!(
                "The metrics provider '{provider}' cannot be read: providers of type {what} are not supported yet."
            ),
        ))
    };
    match inputs.providers.get(provider) {
        None => Some(Err(Reason::new(
            ReasonCode::UnknownMetricsProvider,
            format!("The metrics provider '{provider}' was not found in the Krake database."),
        ))),
        Some(MetricsProviderSpec::Static { r#static }) => {
            Some(r#static.metrics.get(metric).copied().ok_or_else(|| {
                Reason::new(
                    ReasonCode::InvalidMetric,
                    format!("Metric '{metric}' not defined by the metrics provider '{provider}'."),
                )
            }))
        }
        Some(MetricsProviderSpec::Prometheus { .. }) => inputs
            .readings
            .get(provider)
            .and_then(|values: &HashMap<String, Reading>| values.get(metric))
            .cloned(),
        Some(MetricsProviderSpec::Kafka { .. }) => Some(unreachable("kafka")),
        Some(MetricsProviderSpec::Influx { .. }) => Some(unreachable("influx")),
    }
}

/// Maps `[min, max]` onto `[0, 1]`. A range that is no range (the API refuses it) yields 0.
fn normalise(name: &str, spec: &MetricSpec, raw: f64) -> Result<f64, Reason> {
    let MetricSpec {
        allowed_values,
        min,
        max,
        provider: _,
    } = spec;
    let invalid = |message: String| Err(Reason::new(ReasonCode::InvalidMetric, message));
    if !raw.is_finite() {
        return invalid(format!(
            "Invalid value for metric '{name}': {raw} is no finite number."
        ));
    }
    if raw < *min || raw > *max {
        return invalid(format!(
            "Invalid value for metric '{name}': {raw} is not between {min} and {max}."
        ));
    }
    if !allowed_values.is_empty() && !is_allowed(allowed_values, raw) {
        return invalid(format!(
            "Invalid value for metric '{name}': {raw} is not one of {allowed_values:?}."
        ));
    }
    let width = max - min;
    Ok(if width > 0.0 { (raw - min) / width } else { 0.0 })
}

#[expect(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "allowed values are small whole numbers, and only exactly these are allowed"
)]
fn is_allowed(allowed: &[i64], raw: f64) -> bool {
    allowed.iter().any(|value| *value as f64 == raw)
}
