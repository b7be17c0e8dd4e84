//! `krake kube cluster register`.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::kubeconfig;
use crate::api::{CloudConstraintsOfCluster, Cluster, ClusterSpec, Metadata, SecretObject};
use crate::cli::error::CliError;
use crate::cli::options::{BackoffOptions, LabelOptions, MetricOptions, NamespaceOptions, WriteOptions};
use crate::cli::session::Session;
use crate::cli::specified::Specified;
use crate::cli::verbs::store_new;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct RegisterCluster {
    /// Name of the cluster in Krake [default: the name that the kubeconfig gives it].
    #[arg(long)]
    name: Option<String>,
    /// Kubeconfig file; files that it names are read and sent along.
    #[arg(short = 'k', long, value_name = "FILE")]
    kubeconfig: PathBuf,
    /// Context of the kubeconfig [default: its current context].
    #[arg(short = 'c', long)]
    context: Option<String>,
    /// Custom resource that the cluster knows, `<plural>.<group>`; may be repeated.
    #[arg(short = 'R', long = "custom-resource", value_name = "RESOURCE", action = ArgAction::Append)]
    custom_resources: Vec<String>,
    #[command(flatten)]
    metrics: MetricOptions,
    #[command(flatten)]
    namespace: NamespaceOptions,
    #[command(flatten)]
    labels: LabelOptions,
    #[command(flatten)]
    backoff: BackoffOptions,
    #[command(flatten)]
    write: WriteOptions,
}

/// Runs the command.
pub(super) async fn run(session: &Session, options: RegisterCluster) -> Result<(), CliError> {
    let write = options.write.clone();
    let cluster = cluster(session, options)?;
    let stored = store_new(session, cluster, &write).await?;
    session.show(&stored, write.output.format)
}

fn cluster(session: &Session, options: RegisterCluster) -> Result<Cluster, CliError> {
    let (name, kubeconfig) = kubeconfig::read(&options.kubeconfig, options.context.as_deref())?;
    let metadata = Metadata {
        name: options.name.unwrap_or(name),
        namespace: session.namespace_for::<Cluster>(options.namespace.namespace),
        labels: options.labels.to_map(),
        ..Metadata::default()
    };
    let spec = ClusterSpec {
        kubeconfig: SecretObject::new(kubeconfig),
        custom_resources: options.custom_resources,
        metrics: options.metrics.to_refs()?,
        ..empty_spec(&options.backoff)
    };
    Ok(Cluster::with_spec(metadata, spec))
}

/// A specification without content.
pub(super) fn empty_spec(backoff: &BackoffOptions) -> ClusterSpec {
    ClusterSpec {
        kubeconfig: SecretObject::default(),
        tosca: serde_json::Map::new(),
        custom_resources: Vec::new(),
        constraints: CloudConstraintsOfCluster::default(),
        metrics: Vec::new(),
        inherit_metrics: false,
        backoff: backoff.backoff.unwrap_or(1),
        backoff_delay: backoff.backoff_delay.unwrap_or(1),
        backoff_limit: backoff.backoff_limit.unwrap_or(-1),
        auto_generated: false,
    }
}
