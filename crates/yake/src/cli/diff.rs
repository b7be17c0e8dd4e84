//! `yake diff`: what applying a landscape's folder would change, secrets masked.

use clap::Args;
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;
use serde_json::Value;

use super::environment::Environment;
use super::error::CliError;
use super::repository::RepositoryOptions;
use crate::sync::{MemberDifference, ObjectDifference, Occasion, Round, UnitDifference};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct DiffOptions {
    #[command(flatten)]
    repository: RepositoryOptions,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: OutputFormat,
}

/// Runs the command. As with Flux: 0 where nothing differs, 1 where something does, 2 where it cannot be said.
pub(super) async fn run(
    options: &DiffOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let repository = options.repository.open(environment).await?;
    let desired = repository.desired(output).await?;
    let round = Round {
        landscape: &repository.landscape,
        desired: &desired,
        clusters: &repository.clusters,
        revision: repository.revision.clone(),
        versions: repository.versions.as_ref(),
        occasion: Occasion::Asked,
        only: &options.repository.units,
    };
    let units = round.preview().await;
    for unit in &units {
        for error in &unit.errors {
            output.warn(&format!("{}: {error}", unit.unit));
        }
    }
    let code = if units.iter().any(|unit| !unit.errors.is_empty()) {
        ExitCode::Unsettled
    } else if units.iter().any(|unit| !unit.objects.is_empty()) {
        ExitCode::Failure
    } else {
        ExitCode::Success
    };
    output.render(&Shown(units), options.output)?;
    Ok(code)
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Vec<UnitDifference>);

impl Shown {
    fn objects(&self) -> impl Iterator<Item = (&str, &ObjectDifference)> {
        self.0
            .iter()
            .flat_map(|unit| unit.objects.iter().map(|object| (unit.unit.as_str(), object)))
    }
}

impl Render for Shown {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["unit", "what", "object", "members"]);
        for (unit, object) in self.objects() {
            let members = object.members.iter().map(member);
            let withheld = object
                .withheld
                .iter()
                .map(|reason| format!("not without consent: {reason}"));
            let lines: Vec<_> = members.chain(withheld).collect();
            table.push([
                unit.to_owned(),
                object.action.to_string(),
                object.object.clone(),
                lines.join("\n"),
            ]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.objects().map(|(_, object)| object.object.clone()).collect()
    }
}

fn member(difference: &MemberDifference) -> String {
    let text = |value: &Option<Value>| {
        value
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), Value::to_string)
    };
    let MemberDifference {
        pointer,
        before,
        after,
    } = difference;
    format!("{pointer}: {} → {}", text(before), text(after))
}
