//! Kinds of the group `openstack` in tables.

use super::cells::{lines, metrics, or_none, reason, reference, wire_name};
use super::{Column, Shown};
use crate::api::{MagnumCluster, Project, ProjectAuth};

impl Shown for Project {
    const LIST: &'static [Column<Self>] = &[
        Column::new("url", |project| project.spec.url.clone()),
        Column::new("state", |project| wire_name(project.status.state)),
    ];
    const WIDE: &'static [Column<Self>] = &[
        Column::new("template", |project| project.spec.template.clone()),
        Column::new("metrics", |project| metrics(&project.spec.metrics)),
    ];
    const DETAILS: &'static [Column<Self>] = &[
        Column::new("url", |project| project.spec.url.clone()),
        Column::new("login", login),
        Column::new("template", |project| project.spec.template.clone()),
        Column::new("metrics", |project| metrics(&project.spec.metrics)),
        Column::new("state", |project| wire_name(project.status.state)),
        Column::new("failing_metrics", |project| {
            lines(
                project
                    .status
                    .metrics_reasons
                    .iter()
                    .map(|(name, reason)| format!("{name}: {}", reason.message)),
            )
        }),
    ];
}

fn login(project: &Project) -> String {
    match &project.spec.auth {
        ProjectAuth::Password { password } => {
            format!("user: {}\nproject: {}", password.user.id, password.project.id)
        }
        ProjectAuth::ApplicationCredential {
            application_credential,
        } => {
            format!("application credential: {}", application_credential.id)
        }
    }
}

impl Shown for MagnumCluster {
    const LIST: &'static [Column<Self>] = &[Column::new("state", |cluster| wire_name(cluster.status.state))];
    const WIDE: &'static [Column<Self>] = &[
        Column::new("project", |cluster| reference(cluster.status.project.as_ref())),
        Column::new("node_count", |cluster| or_none(cluster.spec.node_count)),
    ];
    const DETAILS: &'static [Column<Self>] = &[
        Column::new("state", |cluster| wire_name(cluster.status.state)),
        Column::new("reason", |cluster| reason(cluster.status.reason.as_ref())),
        Column::new("master_count", |cluster| or_none(cluster.spec.master_count)),
        Column::new("node_count", |cluster| or_none(cluster.spec.node_count)),
        Column::new("metrics", |cluster| metrics(&cluster.spec.metrics)),
        Column::new("label constraints", |cluster| {
            let project = cluster
                .spec
                .constraints
                .iter()
                .flat_map(|constraints| &constraints.project);
            lines(
                project
                    .flat_map(|project| &project.labels)
                    .map(ToString::to_string),
            )
        }),
        Column::new("project", |cluster| reference(cluster.status.project.as_ref())),
        Column::new("template", |cluster| or_none(cluster.status.template.as_ref())),
        Column::new("cluster", |cluster| reference(cluster.status.cluster.as_ref())),
    ];
}
