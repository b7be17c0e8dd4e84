//! `yake tree`: the units of a landscape and the objects that each keeps.

use std::collections::BTreeMap;

use clap::Args;
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;
use serde_json::Value;

use super::environment::Environment;
use super::error::CliError;
use super::landscapes::LandscapeOptions;
use crate::sync::Owner;
use crate::sync::inventory::{self, Inventory};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct TreeOptions {
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
    options: &TreeOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let connection = options.landscapes.connect(environment).await?;
    let parts = options.landscapes.inventories(&connection, &options.name).await?;
    let mut by_owner: BTreeMap<Owner, Vec<Value>> = BTreeMap::new();
    for part in parts {
        if let Some(owner) = Owner::of(&part) {
            by_owner.entry(owner).or_default().push(part);
        }
    }
    let mut rows = Vec::new();
    for parts in by_owner.values() {
        if let Some(inventory) = inventory::read(parts)? {
            rows.extend(of_unit(&inventory));
        }
    }
    output.render(&Shown(rows), options.output)?;
    Ok(ExitCode::Success)
}

#[derive(Serialize)]
struct Row {
    unit: String,
    cluster: String,
    object: String,
    uid: Option<String>,
    revision: Option<String>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Vec<Row>);

fn of_unit(inventory: &Inventory) -> Vec<Row> {
    let row = |entry: &inventory::Entry| Row {
        unit: inventory.owner.unit.clone(),
        cluster: format!("{:?}", inventory.cluster).to_lowercase(),
        object: format!("{} ({})", entry.id, entry.id.api_version),
        uid: entry.uid.clone(),
        revision: inventory.revision.clone(),
    };
    inventory.entries.iter().map(row).collect()
}

impl Render for Shown {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["unit", "cluster", "object", "revision"]);
        for row in &self.0 {
            let revision = row.revision.as_deref().unwrap_or_default();
            table.push([row.unit.as_str(), &row.cluster, &row.object, revision]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|row| row.object.clone()).collect()
    }
}
