//! `yake get`: landscapes of a cluster and how their units stand.

use clap::Args;
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;
use serde_json::Value;

use super::environment::Environment;
use super::error::CliError;
use super::landscapes::LandscapeOptions;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct GetOptions {
    /// Only this landscape.
    name: Option<String>,
    #[command(flatten)]
    landscapes: LandscapeOptions,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: OutputFormat,
}

/// Runs the command.
pub(super) async fn run(
    options: &GetOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let connection = options.landscapes.connect(environment).await?;
    let found = match &options.name {
        Some(name) => vec![options.landscapes.get(&connection, name).await?],
        None => options.landscapes.list(&connection).await?,
    };
    let rows = found.iter().flat_map(rows).collect();
    output.render(&Shown(rows), options.output)?;
    Ok(ExitCode::Success)
}

#[derive(Serialize)]
struct Row {
    landscape: String,
    unit: String,
    ready: bool,
    reason: String,
    revision: String,
    message: String,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Vec<Row>);

fn text(value: &Value, pointer: &str) -> String {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// A landscape in a row of its own, and a row for each of its units.
fn rows(landscape: &Value) -> Vec<Row> {
    let name = text(landscape, "/metadata/name");
    let conditions = landscape.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions
        .into_iter()
        .flatten()
        .find(|condition| text(condition, "/type") == "Ready");
    let mut rows = vec![Row {
        landscape: name.clone(),
        unit: String::new(),
        ready: ready.is_some_and(|ready| text(ready, "/status") == "True"),
        reason: ready.map(|ready| text(ready, "/reason")).unwrap_or_default(),
        revision: text(landscape, "/status/lastAttemptedRevision"),
        message: ready.map(|ready| text(ready, "/message")).unwrap_or_default(),
    }];
    let units = landscape.pointer("/status/units").and_then(Value::as_array);
    rows.extend(units.into_iter().flatten().map(|unit| Row {
        landscape: name.clone(),
        unit: text(unit, "/name"),
        ready: unit.get("ready").and_then(Value::as_bool).unwrap_or_default(),
        reason: text(unit, "/reason"),
        revision: String::new(),
        message: text(unit, "/message"),
    }));
    rows
}

impl Render for Shown {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["landscape", "unit", "ready", "reason", "revision", "message"]);
        for row in &self.0 {
            let ready = if row.ready { "yes" } else { "no" };
            table.push([
                row.landscape.as_str(),
                &row.unit,
                ready,
                &row.reason,
                &row.revision,
                &row.message,
            ]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        let landscapes = self.0.iter().filter(|row| row.unit.is_empty());
        landscapes.map(|row| row.landscape.clone()).collect()
    }
}
