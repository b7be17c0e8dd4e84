//! `yake events`: what happened to a landscape.

use clap::Args;
use common::kube::{Resource, Scope};
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;
use serde_json::Value;

use super::environment::Environment;
use super::error::CliError;
use super::landscapes::LandscapeOptions;
use crate::api::names;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct EventsOptions {
    /// The landscape.
    name: String,
    #[command(flatten)]
    landscapes: LandscapeOptions,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: OutputFormat,
}

/// Runs the command.
pub(super) async fn run(
    options: &EventsOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let connection = options.landscapes.connect(environment).await?;
    let resource = Resource::new("v1", "Event", "events", Scope::Namespaced);
    let namespace = Some(options.landscapes.namespace.as_str());
    let all = connection.list(&resource, namespace, None).await?;
    let mut rows: Vec<_> = all.iter().filter_map(|event| row(event, &options.name)).collect();
    rows.sort_by(|one, other| one.last.cmp(&other.last));
    output.render(&Shown(rows), options.output)?;
    Ok(ExitCode::Success)
}

#[derive(Serialize)]
struct Row {
    last: String,
    count: i64,
    severity: String,
    reason: String,
    message: String,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Vec<Row>);

/// An event of the landscape.
fn row(event: &Value, landscape: &str) -> Option<Row> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let is_about = text("/involvedObject/kind").as_deref() == Some(names::LANDSCAPE)
        && text("/involvedObject/name").as_deref() == Some(landscape);
    is_about.then(|| Row {
        last: text("/lastTimestamp").unwrap_or_default(),
        count: event.get("count").and_then(Value::as_i64).unwrap_or(1),
        severity: text("/type").unwrap_or_default(),
        reason: text("/reason").unwrap_or_default(),
        message: text("/message").unwrap_or_default(),
    })
}

impl Render for Shown {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["last", "count", "severity", "reason", "message"]);
        for row in &self.0 {
            table.push([
                row.last.clone(),
                row.count.to_string(),
                row.severity.clone(),
                row.reason.clone(),
                row.message.clone(),
            ]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|row| row.reason.clone()).collect()
    }
}
