//! `krake openstack cluster`.

use clap::{ArgAction, Args};

use crate::api::{
    LabelConstraint, MagnumCluster, MagnumClusterConstraints, MagnumClusterSpec, Metadata, ProjectConstraints,
};
use crate::cli::error::CliError;
use crate::cli::options::{MetricOptions, add_metrics};
use crate::cli::session::Session;
use crate::cli::specified::Specified;
use crate::cli::verbs::{Build, Change, NamespacedVerb};

/// Verbs of `krake openstack cluster`.
pub(super) type ClusterVerb = NamespacedVerb<NewCluster, ClusterChange>;

/// What a new Magnum cluster consists of.
#[derive(Debug, Clone, Args)]
pub struct NewCluster {
    /// Control-plane nodes; cannot change later.
    #[arg(long, value_name = "N")]
    master_count: Option<i64>,
    /// Worker nodes.
    #[arg(long, value_name = "N")]
    node_count: Option<i64>,
    /// Condition on a label of the project, `location is DE`; may be repeated.
    #[arg(short = 'L', long = "project-label-constraint", value_name = "CONSTRAINT", action = ArgAction::Append)]
    label_constraints: Vec<LabelConstraint>,
    #[command(flatten)]
    metrics: MetricOptions,
}

/// What can change in a Magnum cluster.
#[derive(Debug, Clone, Args)]
pub struct ClusterChange {
    /// Worker nodes.
    #[arg(long, value_name = "N")]
    node_count: Option<i64>,
    /// Conditions on labels of the project; replace those that it had.
    #[arg(short = 'L', long = "project-label-constraint", value_name = "CONSTRAINT", action = ArgAction::Append)]
    label_constraints: Vec<LabelConstraint>,
    #[command(flatten)]
    metrics: MetricOptions,
}

fn constraints(labels: Vec<LabelConstraint>) -> MagnumClusterConstraints {
    MagnumClusterConstraints {
        project: Some(ProjectConstraints { labels }),
    }
}

impl Build<MagnumCluster> for NewCluster {
    fn build(self, metadata: Metadata, _: &Session) -> Result<MagnumCluster, CliError> {
        let spec = MagnumClusterSpec {
            master_count: self.master_count,
            node_count: self.node_count,
            metrics: self.metrics.to_refs()?,
            constraints: Some(constraints(self.label_constraints)),
        };
        Ok(MagnumCluster::with_spec(metadata, spec))
    }
}

impl Change<MagnumCluster> for ClusterChange {
    fn change(&self, cluster: &mut MagnumCluster, _: &Session) -> Result<(), CliError> {
        let spec = &mut cluster.spec;
        if self.node_count.is_some() {
            spec.node_count = self.node_count;
        }
        if !self.label_constraints.is_empty() {
            spec.constraints = Some(constraints(self.label_constraints.clone()));
        }
        add_metrics(&mut spec.metrics, self.metrics.to_refs()?);
        Ok(())
    }
}
