//! `krake kube cluster create`.

use std::path::Path;

use clap::{ArgAction, Args};
use serde_json::{Map, Value};

use super::register::empty_spec;
use crate::api::{CloudConstraints, CloudConstraintsOfCluster, Cluster, ClusterSpec, Metadata};
use crate::cli::documents;
use crate::cli::error::CliError;
use crate::cli::options::{BackoffOptions, CloudConstraintOptions, FileOptions, MetricOptions};
use crate::cli::session::Session;
use crate::cli::specified::Specified;
use crate::cli::verbs::{Build, NamespacedObject, build, store_new};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct CreateCluster {
    #[command(flatten)]
    new: NamespacedObject<NewCluster>,
}

/// What a new cluster consists of.
#[derive(Debug, Clone, Args)]
pub(super) struct NewCluster {
    #[command(flatten)]
    tosca: FileOptions,
    /// Custom resource that the cluster will know, `<plural>.<group>`; may be repeated.
    #[arg(short = 'R', long = "custom-resource", value_name = "RESOURCE", action = ArgAction::Append)]
    custom_resources: Vec<String>,
    #[command(flatten)]
    metrics: MetricOptions,
    /// Metrics of its cloud count for the cluster too.
    #[arg(long)]
    inherit_metrics: bool,
    /// Labels of its cloud count for the cluster too.
    #[arg(long)]
    inherit_labels: bool,
    #[command(flatten)]
    constraints: CloudConstraintOptions,
    #[command(flatten)]
    backoff: BackoffOptions,
}

/// Runs the command.
pub(super) async fn run(session: &Session, options: CreateCluster) -> Result<(), CliError> {
    let NamespacedObject {
        namespace,
        object: new,
    } = options.new;
    let cluster: Cluster = build(session, namespace.namespace, new.name, &new.labels, new.options)?;
    let stored = store_new(session, cluster, &new.write).await?;
    session.show(&stored, new.write.output.format)
}

impl Build<Cluster> for NewCluster {
    fn build(self, mut metadata: Metadata, _: &Session) -> Result<Cluster, CliError> {
        metadata.inherit_labels = self.inherit_labels;
        let cloud = CloudConstraints {
            labels: Some(self.constraints.label_constraints),
            metrics: Some(self.constraints.metric_constraints),
        };
        let spec = ClusterSpec {
            tosca: template(&self.tosca.file)?,
            custom_resources: self.custom_resources,
            constraints: CloudConstraintsOfCluster { cloud },
            metrics: self.metrics.to_refs()?,
            inherit_metrics: self.inherit_metrics,
            ..empty_spec(&self.backoff)
        };
        Ok(Cluster::with_spec(metadata, spec))
    }
}

/// Reads a TOSCA template.
pub(super) fn template(path: &Path) -> Result<Map<String, Value>, CliError> {
    match documents::read(path)?.into_iter().next() {
        Some(Value::Object(template)) => Ok(template),
        Some(_) | None => Err(CliError::usage(format!(
            "{} is not a TOSCA template",
            path.display()
        ))),
    }
}
