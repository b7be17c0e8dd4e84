//! `krake core metricsprovider` and `krake core globalmetricsprovider`: the same options, two kinds.

use clap::{ArgAction, Args, ValueEnum};

use crate::api::{
    GlobalMetricsProvider, InfluxSpec, KafkaSpec, Metadata, MetricsProvider, MetricsProviderSpec,
    PrometheusSpec, SecretText, StaticSpec,
};
use crate::cli::error::CliError;
use crate::cli::options::named_numbers;
use crate::cli::session::Session;
use crate::cli::specified::{Specified, set};
use crate::cli::verbs::{Build, Change, GlobalVerb, NamespacedVerb};

/// Verbs of `krake core metricsprovider`.
pub(super) type MetricsProviderVerb = NamespacedVerb<NewMetricsProvider, ProviderOptions>;
/// Verbs of `krake core globalmetricsprovider`.
pub(super) type GlobalMetricsProviderVerb = GlobalVerb<NewMetricsProvider, ProviderOptions>;

/// What a new metrics provider consists of.
#[derive(Debug, Clone, Args)]
pub struct NewMetricsProvider {
    /// Type of the provider.
    #[arg(long = "type", value_enum)]
    provider_type: ProviderType,
    #[command(flatten)]
    options: ProviderOptions,
}

/// Types of metrics providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProviderType {
    /// A Prometheus server.
    Prometheus,
    /// Values that stand in the object itself.
    Static,
    /// A KSQL server.
    Kafka,
    /// An InfluxDB 2 server.
    Influx,
}

/// Members of a metrics provider; which ones are needed depends on its type.
#[derive(Debug, Clone, Args)]
pub struct ProviderOptions {
    /// Base URL (prometheus, kafka, influx).
    #[arg(long)]
    url: Option<String>,
    /// Metric and its value (static); may be repeated.
    #[arg(short = 'm', long = "metric", num_args = 2, value_names = ["NAME", "VALUE"],
        action = ArgAction::Append, allow_negative_numbers = true)]
    metrics: Vec<String>,
    /// Table (kafka).
    #[arg(long)]
    table: Option<String>,
    /// Column that holds the name of the metric (kafka).
    #[arg(long, value_name = "COLUMN")]
    comparison_column: Option<String>,
    /// Column that holds its value (kafka).
    #[arg(long, value_name = "COLUMN")]
    value_column: Option<String>,
    /// Access token (influx).
    #[arg(long)]
    token: Option<String>,
    /// Organisation (influx).
    #[arg(long)]
    org: Option<String>,
    /// Bucket (influx).
    #[arg(long)]
    bucket: Option<String>,
}

/// The two kinds of metrics providers.
trait AnyProvider: Specified<Spec = MetricsProviderSpec> {}
impl AnyProvider for MetricsProvider {}
impl AnyProvider for GlobalMetricsProvider {}

impl<K: AnyProvider> Build<K> for NewMetricsProvider {
    fn build(self, metadata: Metadata, _: &Session) -> Result<K, CliError> {
        Ok(K::with_spec(
            metadata,
            self.options.into_spec(self.provider_type)?,
        ))
    }
}

impl ProviderOptions {
    fn into_spec(self, provider_type: ProviderType) -> Result<MetricsProviderSpec, CliError> {
        let need = |value: Option<String>, option| required(value, provider_type, option);
        Ok(match provider_type {
            ProviderType::Prometheus => MetricsProviderSpec::Prometheus {
                prometheus: PrometheusSpec {
                    url: need(self.url, "--url")?,
                },
            },
            ProviderType::Static => MetricsProviderSpec::Static {
                r#static: StaticSpec {
                    metrics: static_metrics(&self.metrics)?,
                },
            },
            ProviderType::Kafka => MetricsProviderSpec::Kafka {
                kafka: KafkaSpec {
                    comparison_column: need(self.comparison_column, "--comparison-column")?,
                    value_column: need(self.value_column, "--value-column")?,
                    table: need(self.table, "--table")?,
                    url: need(self.url, "--url")?,
                },
            },
            ProviderType::Influx => MetricsProviderSpec::Influx {
                influx: InfluxSpec {
                    url: need(self.url, "--url")?,
                    token: SecretText::new(need(self.token, "--token")?),
                    org: need(self.org, "--org")?,
                    bucket: need(self.bucket, "--bucket")?,
                },
            },
        })
    }
}

fn static_metrics(texts: &[String]) -> Result<std::collections::BTreeMap<String, f64>, CliError> {
    required(texts.first().cloned(), ProviderType::Static, "--metric")?;
    Ok(named_numbers(texts)?.into_iter().collect())
}

fn required(value: Option<String>, provider_type: ProviderType, option: &str) -> Result<String, CliError> {
    value.ok_or_else(|| {
        let name = provider_type
            .to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default();
        CliError::usage(format!(
            "Metrics provider type '{name}' requires {option} to be specified"
        ))
    })
}

impl<K: AnyProvider> Change<K> for ProviderOptions {
    fn change(&self, provider: &mut K, _: &Session) -> Result<(), CliError> {
        let Self {
            url,
            metrics,
            table,
            comparison_column,
            value_column,
            token,
            org,
            bucket,
        } = self;
        match provider.spec_mut() {
            MetricsProviderSpec::Prometheus { prometheus } => set(&mut prometheus.url, url.as_ref()),
            MetricsProviderSpec::Static { r#static } if !metrics.is_empty() => {
                r#static.metrics = static_metrics(metrics)?;
            }
            MetricsProviderSpec::Static { .. } => {}
            MetricsProviderSpec::Kafka { kafka } => {
                set(&mut kafka.comparison_column, comparison_column.as_ref());
                set(&mut kafka.value_column, value_column.as_ref());
                set(&mut kafka.table, table.as_ref());
                set(&mut kafka.url, url.as_ref());
            }
            MetricsProviderSpec::Influx { influx } => {
                set(&mut influx.url, url.as_ref());
                set(&mut influx.token, token.clone().map(SecretText::new).as_ref());
                set(&mut influx.org, org.as_ref());
                set(&mut influx.bucket, bucket.as_ref());
            }
        }
        Ok(())
    }
}
