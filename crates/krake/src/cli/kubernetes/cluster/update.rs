//! `krake kube cluster update`.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::{create, kubeconfig};
use crate::api::{Cluster, SecretObject};
use crate::cli::error::CliError;
use crate::cli::options::{BackoffOptions, CloudConstraintOptions, MetricOptions, add_metrics};
use crate::cli::session::Session;
use crate::cli::specified::set;
use crate::cli::verbs::{Change, NamespacedObject, store_change};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct UpdateCluster {
    #[command(flatten)]
    change: NamespacedObject<ClusterChange>,
    /// Drop the labels that the cluster has before adding those named.
    #[arg(long)]
    remove_existing_labels: bool,
}

/// What can change in a cluster; what no option names stays as it is.
#[derive(Debug, Clone, Args)]
pub(super) struct ClusterChange {
    /// New kubeconfig file; files that it names are read and sent along.
    #[arg(short = 'k', long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig [default: its current context].
    #[arg(short = 'c', long, requires = "kubeconfig")]
    context: Option<String>,
    /// New TOSCA template.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    tosca: Option<PathBuf>,
    /// Custom resources that the cluster knows; replace those that it had.
    #[arg(short = 'R', long = "custom-resource", value_name = "RESOURCE", action = ArgAction::Append)]
    custom_resources: Vec<String>,
    #[command(flatten)]
    metrics: MetricOptions,
    #[command(flatten)]
    constraints: CloudConstraintOptions,
    /// Drop the metrics before adding those named.
    #[arg(long)]
    remove_existing_metrics: bool,
    /// Drop the conditions on labels of the cloud before adding those named.
    #[arg(long)]
    remove_existing_cloud_label_constraints: bool,
    /// Drop the conditions on metrics of the cloud before adding those named.
    #[arg(long)]
    remove_existing_cloud_metric_constraints: bool,
    #[command(flatten)]
    backoff: BackoffOptions,
}

/// Runs the command.
pub(super) async fn run(session: &Session, options: UpdateCluster) -> Result<(), CliError> {
    let UpdateCluster {
        change: NamespacedObject {
            namespace,
            object: change,
        },
        remove_existing_labels,
    } = options;
    let namespace = session.namespace_for::<Cluster>(namespace.namespace);
    let stored = store_change(session, namespace.as_deref(), &change, |cluster: &mut Cluster| {
        if remove_existing_labels {
            cluster.metadata.labels.clear();
        }
        Ok(())
    })
    .await?;
    session.show(&stored, change.write.output.format)
}

impl Change<Cluster> for ClusterChange {
    fn change(&self, cluster: &mut Cluster, _: &Session) -> Result<(), CliError> {
        let spec = &mut cluster.spec;
        if let Some(path) = &self.kubeconfig {
            let (_, kubeconfig) = kubeconfig::read(path, self.context.as_deref())?;
            spec.kubeconfig = SecretObject::new(kubeconfig);
        }
        if let Some(path) = &self.tosca {
            spec.tosca = create::template(path)?;
        }
        if !self.custom_resources.is_empty() {
            spec.custom_resources.clone_from(&self.custom_resources);
        }
        if self.remove_existing_metrics {
            spec.metrics.clear();
        }
        add_metrics(&mut spec.metrics, self.metrics.to_refs()?);
        self.constrain(cluster);
        let spec = &mut cluster.spec;
        set(&mut spec.backoff, self.backoff.backoff.as_ref());
        set(&mut spec.backoff_delay, self.backoff.backoff_delay.as_ref());
        set(&mut spec.backoff_limit, self.backoff.backoff_limit.as_ref());
        Ok(())
    }
}

impl ClusterChange {
    /// As in the original: label constraints replace, metric constraints add.
    fn constrain(&self, cluster: &mut Cluster) {
        let cloud = &mut cluster.spec.constraints.cloud;
        if self.remove_existing_cloud_label_constraints || !self.constraints.label_constraints.is_empty() {
            cloud.labels = Some(self.constraints.label_constraints.clone());
        }
        if self.remove_existing_cloud_metric_constraints {
            cloud.metrics = Some(Vec::new());
        }
        let metrics = cloud.metrics.get_or_insert_default();
        for constraint in &self.constraints.metric_constraints {
            if !metrics.contains(constraint) {
                metrics.push(constraint.clone());
            }
        }
    }
}
