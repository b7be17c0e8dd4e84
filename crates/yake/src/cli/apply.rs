//! `yake apply`: brings a landscape's folder to its clusters, once.

use std::time::Duration;

use clap::Args;
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;
use tokio::time::Instant;

use super::environment::Environment;
use super::error::CliError;
use super::repository::{Repository, RepositoryOptions};
use crate::api::Period;
use crate::sync::{Desired, Occasion, Reason, Round, UnitStatus};

/// Between two rounds while something is awaited.
const PAUSE: Duration = Duration::from_millis(500);

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct ApplyOptions {
    #[command(flatten)]
    repository: RepositoryOptions,
    /// How long to wait until all units are ready.
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    timeout: Period,
    /// Go through the landscape once, and do not wait for anything.
    #[arg(long)]
    once: bool,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: OutputFormat,
}

/// Runs the command. Exits with 0 where all units are ready, 3 where a deletion needs consent, 5 where the time ran
/// out, else 1.
pub(super) async fn run(
    options: &ApplyOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let repository = options.repository.open(environment).await?;
    let desired = repository.desired(output).await?;
    let deadline = Instant::now() + options.timeout.0;
    let mut told = Told::default();
    let statuses = loop {
        let statuses = options.round(&repository, &desired).await?;
        told.tell(output, &statuses);
        let is_waiting = statuses.iter().any(|status| status.is_worth_waiting);
        if options.once || !is_waiting || Instant::now() >= deadline {
            break statuses;
        }
        tokio::time::sleep(PAUSE).await;
    };
    let code = code(&statuses, options.once);
    output.render(&Shown(told.complete(statuses)), options.output)?;
    Ok(code)
}

impl ApplyOptions {
    async fn round(&self, repository: &Repository, desired: &Desired) -> Result<Vec<UnitStatus>, CliError> {
        let round = Round {
            landscape: &repository.landscape,
            desired,
            clusters: &repository.clusters,
            revision: repository.revision.clone(),
            versions: repository.versions.as_ref(),
            occasion: Occasion::Asked,
            only: &self.repository.units,
        };
        Ok(round.go().await?)
    }
}

fn code(statuses: &[UnitStatus], is_once: bool) -> ExitCode {
    let is = |reason: Reason| statuses.iter().any(|status| status.reason == reason);
    let is_well = |status: &UnitStatus| status.is_ready() || status.reason == Reason::Suspended;
    if statuses.iter().all(is_well) {
        ExitCode::Success
    } else if statuses
        .iter()
        .any(|status| !is_well(status) && !status.is_worth_waiting)
    {
        if is(Reason::PruneBlocked)
            && statuses
                .iter()
                .all(|status| is_well(status) || status.reason == Reason::PruneBlocked)
        {
            ExitCode::Differs
        } else {
            ExitCode::Failure
        }
    } else if is_once {
        ExitCode::Unsettled
    } else {
        ExitCode::TimedOut
    }
}

/// What was said already: each change once, each reason to wait once.
#[derive(Debug, Default)]
struct Told {
    applied: Vec<(String, Vec<String>)>,
    messages: Vec<(String, String)>,
}

impl Told {
    fn tell(&mut self, output: &Output, statuses: &[UnitStatus]) {
        for status in statuses {
            for change in &status.applied {
                output.note(&format!("{}: {change}", status.name));
            }
            match self.applied.iter_mut().find(|(name, _)| *name == status.name) {
                Some((_, applied)) => applied.extend(status.applied.iter().cloned()),
                None => self.applied.push((status.name.clone(), status.applied.clone())),
            }
            let message = (status.name.clone(), status.message.clone());
            if !status.is_ready() && !self.messages.contains(&message) {
                output.note(&format!("{}: {}", status.name, status.message));
                self.messages.push(message);
            }
        }
    }

    /// The last statuses, with all that was done since the beginning.
    fn complete(mut self, mut statuses: Vec<UnitStatus>) -> Vec<UnitStatus> {
        for status in &mut statuses {
            if let Some((_, applied)) = self.applied.iter_mut().find(|(name, _)| *name == status.name) {
                status.applied = std::mem::take(applied);
            }
        }
        statuses
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Vec<UnitStatus>);

impl Render for Shown {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["unit", "ready", "reason", "changes", "message"]);
        for status in &self.0 {
            table.push([
                status.name.clone(),
                if status.is_ready() { "yes" } else { "no" }.to_owned(),
                format!("{:?}", status.reason),
                status.applied.len().to_string(),
                status.message.clone(),
            ]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|status| status.name.clone()).collect()
    }
}
