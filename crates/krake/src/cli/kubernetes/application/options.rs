//! Options that the creation and the update of an application share.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use serde_json::{Map, Value};

use crate::api::{LabelConstraint, MetricConstraint, MigrationStrategy};
use crate::cli::documents;
use crate::cli::error::CliError;

/// Where the content of an application comes from.
#[derive(Debug, Clone, Args)]
pub(super) struct SourceOptions {
    /// YAML file with Kubernetes manifests, or one TOSCA template (stored; not translated yet); `-` reads standard input.
    #[arg(short = 'f', long, value_name = "FILE", conflicts_with = "url")]
    pub file: Option<PathBuf>,
    /// URL of a TOSCA template (`.yaml`, `.yml`) or CSAR archive (`.zip`, `.csar`); stored, not translated yet.
    #[arg(short = 'u', long, value_name = "URL")]
    pub url: Option<String>,
    /// YAML file that says which members of the objects are observed and kept.
    #[arg(
        short = 'O',
        long = "observer_schema_file",
        alias = "observer-schema-file",
        value_name = "FILE"
    )]
    pub observer_schema_file: Option<PathBuf>,
}

/// Content of an application; exactly one of them is there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// Kubernetes objects.
    Manifest(Vec<Value>),
    /// A TOSCA template or its URL.
    Tosca(Value),
    /// URL of a CSAR archive.
    Csar(String),
}

impl SourceOptions {
    /// Reads what the options name; none if they name nothing.
    pub(super) fn read(&self) -> Result<Option<Source>, CliError> {
        match (&self.file, &self.url) {
            (Some(file), _) => Ok(Some(classify(documents::read(file)?))),
            (None, Some(url)) => source_of_url(url).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Reads the observer schema, if one is named.
    pub(super) fn observer_schema(&self) -> Result<Option<Vec<Value>>, CliError> {
        self.observer_schema_file
            .as_ref()
            .map(|file| Ok(documents::read(file)?))
            .transpose()
    }
}

/// A TOSCA template says so in its first document.
fn classify(documents: Vec<Value>) -> Source {
    match documents.first() {
        Some(first) if first.get("tosca_definitions_version").is_some() => Source::Tosca(first.clone()),
        Some(_) | None => Source::Manifest(documents),
    }
}

fn source_of_url(url: &str) -> Result<Source, CliError> {
    let ends_with = |endings: [&str; 2]| endings.iter().any(|ending| url.ends_with(ending));
    if ends_with([".yaml", ".yml"]) {
        Ok(Source::Tosca(Value::String(url.to_owned())))
    } else if ends_with([".zip", ".csar"]) {
        Ok(Source::Csar(url.to_owned()))
    } else {
        Err(CliError::usage(format!(
            "the URL '{url}' names neither a TOSCA template (.yaml, .yml) nor a CSAR archive (.zip, .csar)"
        )))
    }
}

impl Source {
    /// The three members of the specification, of which one is filled.
    pub(super) fn into_members(self) -> (Vec<Value>, Value, Option<String>) {
        let nothing = || Value::Object(Map::new());
        match self {
            Self::Manifest(objects) => (objects, nothing(), None),
            Self::Tosca(template) => (Vec::new(), template, None),
            Self::Csar(url) => (Vec::new(), nothing(), Some(url)),
        }
    }
}

/// Where an application may run, and how it moves.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Placement")]
pub(super) struct PlacementOptions {
    /// Keep the application where it was placed first.
    #[arg(long, overrides_with = "enable_migration")]
    disable_migration: bool,
    /// Let the application move when a better place appears; the default on creation.
    #[arg(long)]
    enable_migration: bool,
    /// Order of steps when it moves [default on creation: start-then-stop].
    #[arg(long, value_enum, value_name = "STRATEGY")]
    pub migration_strategy: Option<Strategy>,
    /// Seconds that the new copy may take to become healthy.
    #[arg(long, value_name = "SECONDS")]
    pub migration_timeout: Option<i64>,
    /// Condition on a label of the cluster, `location is DE`; may be repeated.
    #[arg(short = 'L', long = "cluster-label-constraint", value_name = "CONSTRAINT", action = ArgAction::Append)]
    pub label_constraints: Vec<LabelConstraint>,
    /// Custom resource that the cluster must know, `<plural>.<group>`; may be repeated.
    #[arg(short = 'R', long = "cluster-resource-constraint", value_name = "RESOURCE", action = ArgAction::Append)]
    pub resource_constraints: Vec<String>,
    /// Condition on a metric of the cluster, `load < 5`; may be repeated.
    #[arg(short = 'M', long = "cluster-metric-constraint", value_name = "CONSTRAINT", action = ArgAction::Append)]
    pub metric_constraints: Vec<MetricConstraint>,
}

impl PlacementOptions {
    /// Whether the application may move; none if no option says so.
    pub(super) fn migration(&self) -> Option<bool> {
        match (self.enable_migration, self.disable_migration) {
            (_, true) => Some(false),
            (true, false) => Some(true),
            (false, false) => None,
        }
    }
}

/// Order of steps when an application moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Strategy {
    /// Start the new copy, wait until it is healthy, stop the old one: no gap.
    StartThenStop,
    /// Stop the old copy first: never two of them.
    StopThenStart,
}

impl From<Strategy> for MigrationStrategy {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::StartThenStop => Self::StartThenStop,
            Strategy::StopThenStart => Self::StopThenStart,
        }
    }
}

/// Hooks by which the workload takes part in its own end.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Hooks (stored; not acted upon yet)")]
pub(super) struct HookOptions {
    /// The workload may report that it is complete and be removed.
    #[arg(long)]
    pub hook_complete: bool,
    /// The workload is asked to shut down before it is removed or moved: seconds that it has (60 by default), what
    /// happens if it does not answer (`give_up` or `delete`), and how often it is asked again.
    #[arg(long, num_args = 0..=3, value_names = ["TIMEOUT", "STRATEGY", "RETRIES"])]
    hook_shutdown: Option<Vec<String>>,
}

/// Seconds for the shutdown when the option says nothing.
const SHUTDOWN_TIMEOUT: i64 = 60;

/// The shutdown hook, as its option describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShutdownHook {
    /// Seconds.
    pub timeout: i64,
    /// `give_up` or `delete`.
    pub strategy: Option<String>,
    /// How often it is asked again.
    pub retries: Option<i64>,
}

impl HookOptions {
    /// The shutdown hook, if its option was given.
    pub(super) fn shutdown(&self) -> Result<Option<ShutdownHook>, CliError> {
        self.hook_shutdown.as_deref().map(shutdown_hook).transpose()
    }
}

fn shutdown_hook(values: &[String]) -> Result<ShutdownHook, CliError> {
    let number = |text: &String| {
        text.parse::<i64>()
            .map_err(|_| CliError::usage(format!("--hook-shutdown needs a number of seconds, not '{text}'")))
    };
    let strategy = values.get(1).cloned();
    match strategy.as_deref() {
        None | Some("give_up" | "delete") => {}
        Some(other) => {
            return Err(CliError::usage(format!(
                "the strategy of --hook-shutdown is 'give_up' or 'delete', not '{other}'"
            )));
        }
    }
    Ok(ShutdownHook {
        timeout: values
            .first()
            .map(number)
            .transpose()?
            .unwrap_or(SHUTDOWN_TIMEOUT),
        strategy,
        retries: values.get(2).map(number).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tosca_template_is_recognised_by_its_first_document() {
        let template = json!({"tosca_definitions_version": "tosca_simple_yaml_1_0"});
        assert_eq!(classify(vec![template.clone()]), Source::Tosca(template));
        let object = json!({"kind": "Service"});
        assert_eq!(classify(vec![object.clone()]), Source::Manifest(vec![object]));
    }

    #[test]
    fn an_url_is_a_template_or_an_archive_by_its_ending() {
        assert!(matches!(source_of_url("http://x/a.yml"), Ok(Source::Tosca(_))));
        assert!(matches!(source_of_url("http://x/a.csar"), Ok(Source::Csar(_))));
        assert!(source_of_url("http://x/a.tgz").is_err());
    }

    #[test]
    fn the_shutdown_hook_has_sixty_seconds_by_default() {
        let hook = shutdown_hook(&[]).unwrap();
        assert_eq!(
            hook,
            ShutdownHook {
                timeout: 60,
                strategy: None,
                retries: None
            }
        );
        let full = ["5", "give_up", "3"].map(str::to_owned);
        let hook = shutdown_hook(&full).unwrap();
        assert_eq!(
            hook,
            ShutdownHook {
                timeout: 5,
                strategy: Some("give_up".into()),
                retries: Some(3)
            }
        );
        assert!(shutdown_hook(&["soon".to_owned()]).is_err());
        assert!(shutdown_hook(&["5".to_owned(), "panic".to_owned()]).is_err());
    }
}
