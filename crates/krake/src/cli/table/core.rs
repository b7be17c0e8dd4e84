//! Kinds of the group `core` in tables.

use super::cells::{lines, or_none, wire_name};
use super::{Column, Shown};
use crate::api::{
    GlobalMetric, GlobalMetricsProvider, Metric, MetricSpec, MetricsProvider, MetricsProviderSpec, Role,
    RoleBinding, RoleRule,
};

macro_rules! metric {
    ($($kind:ident),*) => {$(
        impl Shown for $kind {
            const LIST: &'static [Column<Self>] = &[
                Column::new("provider", |metric| provider(&metric.spec)),
                Column::new("min", |metric| metric.spec.min.to_string()),
                Column::new("max", |metric| metric.spec.max.to_string()),
                Column::new("allowed_values", |metric| allowed_values(&metric.spec)),
            ];
            const DETAILS: &'static [Column<Self>] = Self::LIST;
        }
    )*};
}
metric!(Metric, GlobalMetric);

fn provider(spec: &MetricSpec) -> String {
    format!("name: {}\nmetric: {}", spec.provider.name, spec.provider.metric)
}

fn allowed_values(spec: &MetricSpec) -> String {
    let values: Vec<String> = spec.allowed_values.iter().map(ToString::to_string).collect();
    or_none(Some(values.join(", ")).filter(|text| !text.is_empty()))
}

macro_rules! provider {
    ($($kind:ident),*) => {$(
        impl Shown for $kind {
            const LIST: &'static [Column<Self>] = &[Column::new("type", |provider| type_of(&provider.spec).to_owned())];
            const WIDE: &'static [Column<Self>] = &[Column::new("source", |provider| members(&provider.spec))];
            const DETAILS: &'static [Column<Self>] = &[
                Column::new("type", |provider| type_of(&provider.spec).to_owned()),
                Column::new("source", |provider| members(&provider.spec)),
            ];
        }
    )*};
}
provider!(MetricsProvider, GlobalMetricsProvider);

fn type_of(spec: &MetricsProviderSpec) -> &'static str {
    match spec {
        MetricsProviderSpec::Prometheus { .. } => "prometheus",
        MetricsProviderSpec::Kafka { .. } => "kafka",
        MetricsProviderSpec::Influx { .. } => "influx",
        MetricsProviderSpec::Static { .. } => "static",
    }
}

/// The members that are no secret.
fn members(spec: &MetricsProviderSpec) -> String {
    match spec {
        MetricsProviderSpec::Prometheus { prometheus } => format!("url: {}", prometheus.url),
        MetricsProviderSpec::Kafka { kafka } => format!(
            "url: {}\ntable: {}\ncomparison_column: {}\nvalue_column: {}",
            kafka.url, kafka.table, kafka.comparison_column, kafka.value_column
        ),
        MetricsProviderSpec::Influx { influx } => {
            format!(
                "url: {}\norg: {}\nbucket: {}",
                influx.url, influx.org, influx.bucket
            )
        }
        MetricsProviderSpec::Static { r#static } => lines(
            r#static
                .metrics
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        ),
    }
}

impl Shown for Role {
    const LIST: &'static [Column<Self>] = &[Column::new("rules", |role| role.rules.len().to_string())];
    const WIDE: &'static [Column<Self>] =
        &[Column::new("granted", |role| lines(role.rules.iter().map(rule)))];
    const DETAILS: &'static [Column<Self>] =
        &[Column::new("rules", |role| lines(role.rules.iter().map(rule)))];
}

/// `create, list of applications in kubernetes, namespace testing`; an empty text stands for every one.
fn rule(rule: &RoleRule) -> String {
    let all = |name: &str| {
        if name.is_empty() {
            "*".to_owned()
        } else {
            name.to_owned()
        }
    };
    let list = |names: &[String]| names.iter().map(|name| all(name)).collect::<Vec<_>>().join(", ");
    let verbs: Vec<String> = rule.verbs.iter().map(wire_name).collect();
    format!(
        "{} of {} in {}, namespace {}",
        verbs.join(", "),
        list(&rule.resources),
        all(&rule.api),
        list(&rule.namespaces)
    )
}

impl Shown for RoleBinding {
    const LIST: &'static [Column<Self>] = &[
        Column::new("users", |binding| lines(binding.users.iter().cloned())),
        Column::new("roles", |binding| lines(binding.roles.iter().cloned())),
    ];
    const DETAILS: &'static [Column<Self>] = Self::LIST;
}
