//! `krake kube app create`.

use clap::{ArgAction, Args};

use super::inject::inject;
use super::options::{HookOptions, PlacementOptions, Source, SourceOptions};
use crate::api::{
    Application, ApplicationConstraints, ApplicationSpec, ClusterConstraints, Metadata, MigrationStrategy,
};
use crate::cli::error::CliError;
use crate::cli::explain;
use crate::cli::options::{BackoffOptions, pair};
use crate::cli::session::Session;
use crate::cli::specified::Specified;
use crate::cli::verbs::{Build, NamespacedObject, build, store_new};
use crate::cli::wait::{self, CreatedState, LimitOptions};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct CreateApplication {
    #[command(flatten)]
    new: NamespacedObject<NewApplication>,
    /// Wait until the application reaches a state [default without a value: running].
    #[arg(long, help_heading = "Waiting", value_enum, value_name = "STATE", num_args = 0..=1, default_missing_value = "running")]
    wait: Option<CreatedState>,
    #[command(flatten)]
    limit: LimitOptions,
}

/// What a new application consists of.
#[derive(Debug, Clone, Args)]
pub(super) struct NewApplication {
    #[command(flatten)]
    source: SourceOptions,
    #[command(flatten)]
    placement: PlacementOptions,
    #[command(flatten)]
    hooks: HookOptions,
    #[command(flatten)]
    backoff: BackoffOptions,
    /// Let Krake create a cluster where no cluster fits but a cloud would (stored; not acted upon yet).
    #[arg(long)]
    auto_cluster_create: bool,
    /// Replace the values of environment variables that equal KEY; may be repeated.
    #[arg(short = 'i', long = "inject", value_name = "KEY=VALUE", value_parser = pair, num_args = 1..,
        action = ArgAction::Append)]
    inject: Vec<(String, String)>,
}

/// Runs the command.
pub(super) async fn run(session: &Session, options: CreateApplication) -> Result<(), CliError> {
    let CreateApplication {
        new: NamespacedObject {
            namespace,
            object: new,
        },
        wait,
        limit,
    } = options;
    let write = new.write;
    let application: Application = build(session, namespace.namespace, new.name, &new.labels, new.options)?;
    warn_of_lost_work(session, &application);
    let stored = store_new(session, application, &write).await?;
    if write.dry_run {
        return explain::show_prospect(session, &stored, write.output.format).await;
    }
    let stored = match wait {
        Some(state) => wait::until(session, stored, state.into(), limit.timeout).await?,
        None => stored,
    };
    session.show(&stored, write.output.format)
}

impl Build<Application> for NewApplication {
    fn build(self, metadata: Metadata, _: &Session) -> Result<Application, CliError> {
        let source = self.source.read()?.ok_or_else(|| {
            CliError::usage(
                "an application needs content: a file (-f) or the URL of a template or archive (-u)",
            )
        })?;
        let observer_schema = self.source.observer_schema()?.unwrap_or_default();
        let mut spec = spec(source, observer_schema);
        let injections = self.inject.iter().cloned().collect();
        spec.manifest
            .iter_mut()
            .for_each(|object| inject(object, &injections));
        self.place(&mut spec);
        self.set_hooks(&mut spec)?;
        spec.auto_cluster_create = self.auto_cluster_create;
        Ok(Application::with_spec(metadata, spec))
    }
}

/// A specification with its content and the defaults of everything else.
fn spec(source: Source, observer_schema: Vec<serde_json::Value>) -> ApplicationSpec {
    let (manifest, tosca, csar) = source.into_members();
    ApplicationSpec {
        manifest,
        tosca,
        csar,
        observer_schema,
        constraints: ApplicationConstraints {
            cluster: ClusterConstraints::default(),
            migration: true,
        },
        hooks: Vec::new(),
        shutdown_grace_time: None,
        shutdown_failure_strategy: None,
        shutdown_retry_count: None,
        backoff: 1,
        backoff_delay: 1,
        backoff_limit: -1,
        storage_migration: "none".to_owned(),
        auto_cluster_create: false,
        migration_strategy: MigrationStrategy::default(),
        migration_timeout: None,
    }
}

impl NewApplication {
    fn place(&self, spec: &mut ApplicationSpec) {
        let placement = &self.placement;
        spec.constraints = ApplicationConstraints {
            cluster: ClusterConstraints {
                labels: Some(placement.label_constraints.clone()),
                custom_resources: placement.resource_constraints.clone(),
                metrics: Some(placement.metric_constraints.clone()),
            },
            migration: placement.migration().unwrap_or(true),
        };
        spec.migration_strategy = placement.migration_strategy.map(Into::into).unwrap_or_default();
        spec.migration_timeout = placement.migration_timeout;
        spec.backoff = self.backoff.backoff.unwrap_or(1);
        spec.backoff_delay = self.backoff.backoff_delay.unwrap_or(1);
        spec.backoff_limit = self.backoff.backoff_limit.unwrap_or(-1);
    }

    fn set_hooks(&self, spec: &mut ApplicationSpec) -> Result<(), CliError> {
        if self.hooks.hook_complete {
            spec.hooks.push("complete".to_owned());
        }
        if let Some(hook) = self.hooks.shutdown()? {
            spec.hooks.push("shutdown".to_owned());
            spec.shutdown_grace_time = Some(hook.timeout);
            spec.shutdown_failure_strategy = hook.strategy;
            spec.shutdown_retry_count = hook.retries;
        }
        Ok(())
    }
}

/// Kinds whose work is lost when they are stopped half-way.
const UNFINISHED_WORK: [&str; 3] = ["Job", "CronJob", "StatefulSet"];

fn warn_of_lost_work(session: &Session, application: &Application) {
    let spec = &application.spec;
    if !spec.constraints.migration || spec.hooks.iter().any(|hook| hook == "shutdown") {
        return;
    }
    let kinds = spec
        .manifest
        .iter()
        .filter_map(|object| object.get("kind")?.as_str());
    if let Some(kind) = kinds.into_iter().find(|kind| UNFINISHED_WORK.contains(kind)) {
        session.warn(&format!(
            "the application contains a {kind} and may be moved without notice; \
             consider --hook-shutdown or --disable-migration"
        ));
    }
}
