//! Options that several commands share, spelt as the original's command line spells them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{ArgAction, Args};
use common::ui::OutputFormat;

use crate::api::{LabelConstraint, MetricConstraint, MetricRef};

/// How to print.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputOptions {
    /// Form of the output.
    #[arg(
        short = 'o',
        long = "output",
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub format: OutputFormat,
}

/// Where the objects of a command live.
#[derive(Debug, Clone, Default, Args)]
pub struct NamespaceOptions {
    /// Namespace; the `user` of the configuration file by default.
    #[arg(short = 'n', long)]
    pub namespace: Option<String>,
}

/// `list` of a kind that lives in namespaces.
#[derive(Debug, Clone, Args)]
pub struct ListOptions {
    /// Objects of all namespaces.
    #[arg(short = 'a', long)]
    pub all: bool,
    #[command(flatten)]
    pub namespace: NamespaceOptions,
    #[command(flatten)]
    pub global: GlobalListOptions,
}

/// `list` of a global kind.
#[derive(Debug, Clone, Args)]
pub struct GlobalListOptions {
    /// Only objects whose labels match, `location=DE,tier!=test`.
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// `get` of a kind that lives in namespaces.
#[derive(Debug, Clone, Args)]
pub struct GetOptions {
    /// Name of the object.
    pub name: String,
    #[command(flatten)]
    pub namespace: NamespaceOptions,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// `get` or `delete` of a global kind.
#[derive(Debug, Clone, Args)]
pub struct GlobalGetOptions {
    /// Name of the object.
    pub name: String,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What a create or update does besides: print, or only pretend.
#[derive(Debug, Clone, Args)]
pub struct WriteOptions {
    /// Check everything and store nothing. Shows the object that would be stored; for an application, where it would
    /// go and why.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// Labels of an object.
#[derive(Debug, Clone, Default, Args)]
pub struct LabelOptions {
    /// Label of the object; may be repeated.
    #[arg(short = 'l', long = "label", value_name = "KEY=VALUE", value_parser = pair, action = ArgAction::Append)]
    labels: Vec<(String, String)>,
}

impl LabelOptions {
    /// The labels as a map; of equal keys the last one counts.
    pub fn to_map(&self) -> BTreeMap<String, String> {
        self.labels.iter().cloned().collect()
    }
}

/// Weighted metrics of a cluster, cloud or project.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct MetricOptions {
    /// Metric of the same namespace and its weight; may be repeated.
    #[arg(long = "metric", num_args = 2, value_names = ["NAME", "WEIGHT"], action = ArgAction::Append)]
    metrics: Vec<String>,
    #[command(flatten)]
    global: GlobalMetricOptions,
}

/// Weighted metrics of an object that may only refer to global ones.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct GlobalMetricOptions {
    /// Global metric and its weight; may be repeated.
    #[arg(long = "global-metric", num_args = 2, value_names = ["NAME", "WEIGHT"], action = ArgAction::Append)]
    global_metrics: Vec<String>,
}

impl MetricOptions {
    /// References to metrics, namespaced ones first as in the original.
    pub(super) fn to_refs(&self) -> Result<Vec<MetricRef>, NotANumber> {
        let mut refs = metric_refs(&self.metrics, true)?;
        refs.extend(self.global.to_refs()?);
        Ok(refs)
    }
}

impl GlobalMetricOptions {
    /// References to global metrics.
    pub(super) fn to_refs(&self) -> Result<Vec<MetricRef>, NotANumber> {
        metric_refs(&self.global_metrics, false)
    }
}

/// A text stands where a number is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the value '{value}' of '{name}' is not a number")]
pub struct NotANumber {
    /// What the value belongs to.
    pub name: String,
    /// The text.
    pub value: String,
}

/// Reads `NAME VALUE NAME VALUE …`, as options with two values arrive.
pub(super) fn named_numbers(texts: &[String]) -> Result<Vec<(String, f64)>, NotANumber> {
    let number = |name: &String, value: &String| match value.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((name.clone(), number)),
        Ok(_) | Err(_) => Err(NotANumber {
            name: name.clone(),
            value: value.clone(),
        }),
    };
    let (pairs, _) = texts.as_chunks::<2>();
    pairs.iter().map(|[name, value]| number(name, value)).collect()
}

fn metric_refs(texts: &[String], namespaced: bool) -> Result<Vec<MetricRef>, NotANumber> {
    let refs = named_numbers(texts)?.into_iter();
    Ok(refs
        .map(|(name, weight)| MetricRef {
            name,
            weight,
            namespaced,
        })
        .collect())
}

/// Adds metrics; one that is there already gets the new weight.
pub(super) fn add_metrics(metrics: &mut Vec<MetricRef>, more: Vec<MetricRef>) {
    for new in more {
        match metrics
            .iter_mut()
            .find(|old| old.name == new.name && old.namespaced == new.namespaced)
        {
            Some(old) => old.weight = new.weight,
            None => metrics.push(new),
        }
    }
}

/// How long and how often scheduling is tried again; unset on update means unchanged.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Further attempts to find a place")]
pub(super) struct BackoffOptions {
    /// Factor by which the delay between attempts grows [default on creation: 1].
    #[arg(long)]
    pub backoff: Option<i64>,
    /// Seconds before the first further attempt [default on creation: 1].
    #[arg(long = "backoff_delay", alias = "backoff-delay", value_name = "SECONDS")]
    pub backoff_delay: Option<i64>,
    /// Further attempts, -1 for no limit [default on creation: -1].
    #[arg(
        long = "backoff_limit",
        alias = "backoff-limit",
        value_name = "N",
        allow_negative_numbers = true
    )]
    pub backoff_limit: Option<i64>,
}

/// Conditions on the cloud of a cluster.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct CloudConstraintOptions {
    /// Condition on a label of the cloud, `location is DE`; may be repeated.
    #[arg(short = 'L', long = "cloud-label-constraint", value_name = "CONSTRAINT", action = ArgAction::Append)]
    pub label_constraints: Vec<LabelConstraint>,
    /// Condition on a metric of the cloud, `load < 5`; may be repeated.
    #[arg(short = 'M', long = "cloud-metric-constraint", value_name = "CONSTRAINT", action = ArgAction::Append)]
    pub metric_constraints: Vec<MetricConstraint>,
}

/// A YAML file that is required.
#[derive(Debug, Clone, Args)]
pub(super) struct FileOptions {
    /// YAML file; `-` reads standard input.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub file: PathBuf,
}

/// Reads `KEY=VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err(format!("'{text}' is not of the form KEY=VALUE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_needs_a_key_and_an_equals_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(pair("a="), Ok(("a".into(), String::new())));
        assert!(pair("=b").is_err());
        assert!(pair("a").is_err());
    }

    #[test]
    fn a_weight_that_is_no_number_is_named() {
        let texts = ["load", "0.5", "heat", "much"].map(str::to_owned);
        assert_eq!(
            named_numbers(&texts).unwrap_err().to_string(),
            "the value 'much' of 'heat' is not a number"
        );
    }
}
