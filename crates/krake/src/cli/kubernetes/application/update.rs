//! `krake kube app update`.

use clap::Args;

use super::options::{HookOptions, PlacementOptions, SourceOptions};
use crate::api::{Application, ApplicationSpec};
use crate::cli::error::CliError;
use crate::cli::explain;
use crate::cli::options::BackoffOptions;
use crate::cli::session::Session;
use crate::cli::specified::set;
use crate::cli::verbs::{Change, NamespacedObject, store_change};
use crate::cli::wait::{self, LimitOptions, UpdatedState};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct UpdateApplication {
    #[command(flatten)]
    change: NamespacedObject<ApplicationChange>,
    /// Drop the labels that the application has before adding those named.
    #[arg(long)]
    remove_existing_labels: bool,
    /// Wait until the application reaches a state [default without a value: running].
    #[arg(long, help_heading = "Waiting", value_enum, value_name = "STATE", num_args = 0..=1, default_missing_value = "running")]
    wait: Option<UpdatedState>,
    #[command(flatten)]
    limit: LimitOptions,
}

/// What can change in an application; what no option names stays as it is.
#[derive(Debug, Clone, Args)]
pub(super) struct ApplicationChange {
    #[command(flatten)]
    source: SourceOptions,
    #[command(flatten)]
    placement: PlacementOptions,
    /// Drop the label constraints before adding those named.
    #[arg(long)]
    remove_existing_label_constraints: bool,
    /// Drop the custom resource constraints before adding those named.
    #[arg(long)]
    remove_existing_resource_constraints: bool,
    /// Drop the metric constraints before adding those named.
    #[arg(long)]
    remove_existing_metric_constraints: bool,
    #[command(flatten)]
    hooks: HookOptions,
    #[command(flatten)]
    backoff: BackoffOptions,
}

/// Runs the command.
pub(super) async fn run(session: &Session, options: UpdateApplication) -> Result<(), CliError> {
    let UpdateApplication {
        change: NamespacedObject {
            namespace,
            object: change,
        },
        remove_existing_labels,
        wait,
        limit,
    } = options;
    let namespace = session.namespace_for::<Application>(namespace.namespace);
    let mut stored = store_change(
        session,
        namespace.as_deref(),
        &change,
        |application: &mut Application| {
            if remove_existing_labels {
                application.metadata.labels.clear();
            }
            Ok(())
        },
    )
    .await?;
    let format = change.write.output.format;
    if change.write.dry_run {
        stored.metadata.modified = (session.environment.now)();
        return explain::show_prospect(session, &stored, format).await;
    }
    if let Some(state) = wait {
        stored = wait::until(session, stored, state.into(), limit.timeout).await?;
    }
    session.show(&stored, format)
}

impl Change<Application> for ApplicationChange {
    fn change(&self, application: &mut Application, _: &Session) -> Result<(), CliError> {
        let spec = &mut application.spec;
        if let Some(source) = self.source.read()? {
            (spec.manifest, spec.tosca, spec.csar) = source.into_members();
        }
        set(&mut spec.observer_schema, self.source.observer_schema()?.as_ref());
        self.constrain(spec);
        self.hook(spec)?;
        set(&mut spec.backoff, self.backoff.backoff.as_ref());
        set(&mut spec.backoff_delay, self.backoff.backoff_delay.as_ref());
        set(&mut spec.backoff_limit, self.backoff.backoff_limit.as_ref());
        Ok(())
    }
}

impl ApplicationChange {
    /// As in the original: label and resource constraints replace, metric constraints add.
    fn constrain(&self, spec: &mut ApplicationSpec) {
        let placement = &self.placement;
        set(&mut spec.constraints.migration, placement.migration().as_ref());
        set(
            &mut spec.migration_strategy,
            placement.migration_strategy.map(Into::into).as_ref(),
        );
        if placement.migration_timeout.is_some() {
            spec.migration_timeout = placement.migration_timeout;
        }
        let cluster = &mut spec.constraints.cluster;
        if self.remove_existing_label_constraints || !placement.label_constraints.is_empty() {
            cluster.labels = Some(placement.label_constraints.clone());
        }
        if self.remove_existing_resource_constraints || !placement.resource_constraints.is_empty() {
            cluster
                .custom_resources
                .clone_from(&placement.resource_constraints);
        }
        if self.remove_existing_metric_constraints {
            cluster.metrics = Some(Vec::new());
        }
        let metrics = cluster.metrics.get_or_insert_default();
        for constraint in &placement.metric_constraints {
            if !metrics.contains(constraint) {
                metrics.push(constraint.clone());
            }
        }
    }

    fn hook(&self, spec: &mut ApplicationSpec) -> Result<(), CliError> {
        if self.hooks.hook_complete {
            add_hook(spec, "complete");
        }
        if let Some(hook) = self.hooks.shutdown()? {
            add_hook(spec, "shutdown");
            spec.shutdown_grace_time = Some(hook.timeout);
            spec.shutdown_failure_strategy = hook.strategy;
            spec.shutdown_retry_count = hook.retries;
        }
        Ok(())
    }
}

fn add_hook(spec: &mut ApplicationSpec, hook: &str) {
    if !spec.hooks.iter().any(|known| known == hook) {
        spec.hooks.push(hook.to_owned());
    }
}
