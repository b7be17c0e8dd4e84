//! `yake upgrade`: which way a landscape goes to the versions that Git wants, or why it must not.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;

use super::clusters::ClusterOptions;
use super::environment::Environment;
use super::error::CliError;
use crate::api::Versions;
use crate::landscape::Version;
use crate::landscape::upgrade::{ClusterState, Gate, Plan, Rules, StageTarget, Vector, Wave, plan};

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum UpgradeCommand {
    /// Show the waves, what each waits for, and the rules that forbid. Writes nothing.
    Plan(PlanOptions),
}

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

/// Runs a command. A plan exits with 0 where nothing is left to do, 3 where something is, 1 where a rule forbids it.
pub(super) async fn run(
    command: &UpgradeCommand,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let UpgradeCommand::Plan(options) = command;
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

fn read(path: &Path) -> Result<Vector, CliError> {
    let text = fs::read_to_string(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })?;
    let versions: Versions = serde_saphyr::from_str(&text).map_err(|error| CliError::Document {
        path: path.to_owned(),
        why: error.to_string(),
    })?;
    Ok(versions.into())
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
            .map(|change| change.object.clone())
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
    let one = |change: &crate::landscape::upgrade::Change| match &change.from {
        Some(from) => format!("{} {from} → {}", change.object, change.to),
        None => format!("{} → {}", change.object, change.to),
    };
    wave.changes.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn reasons(wave: &Wave) -> String {
    match &wave.gate {
        Gate::Open => String::new(),
        Gate::Closed { reasons } => reasons.join("\n"),
    }
}
