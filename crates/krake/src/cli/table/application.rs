//! Applications in tables.

use super::cells::{date, lines, or_none, reason, reference, wire_name};
use super::{Column, Shown};
use crate::api::Application;

impl Shown for Application {
    const LIST: &'static [Column<Self>] = &[Column::new("state", |app| wire_name(app.status.state))];
    const WIDE: &'static [Column<Self>] = &[
        Column::new("running_on", |app| reference(app.status.running_on.as_ref())),
        Column::new("scheduled_to", |app| reference(app.status.scheduled_to.as_ref())),
        Column::new("container_health", health),
        Column::new("reason", |app| {
            or_none(app.status.reason.as_ref().map(|reason| &reason.message))
        }),
    ];
    const DETAILS: &'static [Column<Self>] = &[
        Column::new("state", |app| wire_name(app.status.state)),
        Column::new("reason", |app| reason(app.status.reason.as_ref())),
        Column::new("container_health", health),
        Column::new("services", |app| {
            lines(
                app.status
                    .services
                    .iter()
                    .map(|(name, address)| format!("{name}: {address}")),
            )
        }),
        Column::new("allow migration", |app| {
            app.spec.constraints.migration.to_string()
        }),
        Column::new("migration strategy", |app| wire_name(app.spec.migration_strategy)),
        Column::new("label constraints", |app| {
            lines(
                app.spec
                    .constraints
                    .cluster
                    .labels
                    .iter()
                    .flatten()
                    .map(ToString::to_string),
            )
        }),
        Column::new("resources constraints", |app| {
            lines(app.spec.constraints.cluster.custom_resources.iter().cloned())
        }),
        Column::new("metric constraints", |app| {
            lines(
                app.spec
                    .constraints
                    .cluster
                    .metrics
                    .iter()
                    .flatten()
                    .map(ToString::to_string),
            )
        }),
        Column::new("hooks", |app| lines(app.spec.hooks.iter().cloned())),
        Column::new("scheduled_to", |app| reference(app.status.scheduled_to.as_ref())),
        Column::new("scheduled", |app| date(app.status.scheduled)),
        Column::new("running_on", |app| reference(app.status.running_on.as_ref())),
        Column::new("backoff", |app| app.spec.backoff.to_string()),
        Column::new("backoff_delay", |app| app.spec.backoff_delay.to_string()),
        Column::new("backoff_limit", |app| app.spec.backoff_limit.to_string()),
    ];
}

fn health(app: &Application) -> String {
    let health = &app.status.container_health;
    format!(
        "{} active / {} failed / {} succeeded / {} desired",
        health.running_pods, health.failed_pods, health.completed_pods, health.desired_pods
    )
}
