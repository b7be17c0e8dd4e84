//! `yake upgrade plan`: which way a landscape goes to the versions that Git wants, or why it must not.

use std::path::PathBuf;

use clap::Args;
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;

use super::read;
use crate::cli::clusters::ClusterOptions;
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::landscape::Version;
use crate::landscape::upgrade::{ClusterState, Gate, Plan, Rules, StageTarget, Wave, plan};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct PlanOptions {
    #[command(flatten)]
    clusters: ClusterOptions,
    /// File with the versions that the landscape shall have.
    #[arg(long, value_name = "FILE", default_value = "versions.yaml")]
    versions: PathBuf,
    /// Another version of Gardener than the file's.
    #[arg(long, value_name = "VERSION")]
    to: Option<Version>,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: OutputFormat,
}

/// Runs the command. A plan exits with 0 where nothing is left to do, 3 where something is, 1 where a rule forbids it.
pub(in crate::cli) async fn run(
    options: &PlanOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let mut vector = read(&options.versions)?;
    if let Some(to) = &options.to {
        vector.gardener = to.clone();
    }
    let observation = options.clusters.observe(environment, output).await?;
    let state = ClusterState::read(&observation.objects);
    let plan = plan(&vector, &state, &Rules::default());
    let code = if !plan.refusals.is_empty() {
        ExitCode::Failure
    } else if plan.current().is_some() {
        ExitCode::Differs
    } else {
        ExitCode::Success
    };
    tell(output, &plan);
    output.render(&Shown(plan), options.output)?;
    Ok(code)
}

fn tell(output: &Output, plan: &Plan) {
    for refusal in &plan.refusals {
        output.note(&format!(
            "refused by {}: {}; {}",
            refusal.rule, refusal.message, refusal.hint
        ));
    }
    for reason in &plan.waiting {
        output.note(&format!("waits: {reason}"));
    }
    for warning in &plan.warnings {
        output.warn(warning);
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Plan);

impl Render for Shown {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["stage", "wave", "state", "changes", "waits for"]);
        for stage in &self.0.stages {
            let target = match &stage.target {
                StageTarget::Exact(version) => version.clone(),
                StageTarget::NewestPatchOf(minor) => format!("newest {minor}"),
            };
            if stage.waves.is_empty() {
                table.push([target.as_str(), "", "not next", "", ""]);
            }
            for wave in &stage.waves {
                table.push([
                    target.clone(),
                    wave.kind.to_string(),
                    self.state(wave),
                    changes(wave),
                    reasons(wave),
                ]);
            }
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.0
            .writes()
            .iter()
            .map(|change| change.object.to_string())
            .collect()
    }
}

impl Shown {
    fn state(&self, wave: &Wave) -> String {
        let is_current = self.0.current() == Some(wave);
        match (&wave.gate, is_current) {
            (_, true) => "current",
            (Gate::Open, false) => "done",
            (Gate::Closed { .. }, false) => "later",
        }
        .to_owned()
    }
}

fn changes(wave: &Wave) -> String {
    wave.changes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

fn reasons(wave: &Wave) -> String {
    match &wave.gate {
        Gate::Open => String::new(),
        Gate::Closed { reasons } => reasons.join("\n"),
    }
}
