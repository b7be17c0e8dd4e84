//! `krake config`: the configuration in force, and its schema.

use clap::{Args, Subcommand, ValueEnum};
use common::config::{Setting, schema};
use common::ui::{Detail, Output, OutputFormat, Render, Table};
use serde::Serialize;

use super::environment::Environment;
use super::error::CliError;
use super::options::OutputOptions;
use super::settings::{Settings, SettingsOptions};
use crate::serve::{Config, Overrides, Surroundings};

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum ConfigCommand {
    /// Show every value in force; `--config` names the file.
    Show(ShowOptions),
    /// Print the JSON schema, for editors.
    Schema(SchemaOptions),
}

/// Whose configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Whose {
    /// That of the command line as a client (`krake.yaml`, `krakectl.yaml`, `rok.yaml`).
    #[default]
    Client,
    /// That of `krake serve`.
    Server,
}

/// Options of `show`.
#[derive(Debug, Clone, Args)]
pub struct ShowOptions {
    /// Whose configuration.
    #[arg(value_enum, default_value_t)]
    whose: Whose,
    /// Tell where each value comes from.
    #[arg(long)]
    origin: bool,
    #[command(flatten)]
    output: OutputOptions,
}

/// Options of `schema`.
#[derive(Debug, Clone, Args)]
pub struct SchemaOptions {
    /// Whose configuration.
    #[arg(value_enum, default_value_t)]
    whose: Whose,
}

/// Runs a command.
pub(super) fn run(
    settings: &SettingsOptions,
    command: &ConfigCommand,
    environment: &Environment,
    output: &Output,
) -> Result<(), CliError> {
    match command {
        ConfigCommand::Show(options) => {
            let settings = in_force(options.whose, settings, environment)?;
            let view = View {
                settings,
                with_origin: options.origin,
            };
            Ok(output.render(&view, options.output.format)?)
        }
        ConfigCommand::Schema(options) => Ok(output.document(&schema_of(options.whose), OutputFormat::Json)?),
    }
}

/// The JSON schema of a configuration.
pub(super) fn schema_of(whose: Whose) -> serde_json::Value {
    match whose {
        Whose::Client => schema::<Settings>(),
        Whose::Server => schema::<Config>(),
    }
}

fn in_force(
    whose: Whose,
    settings: &SettingsOptions,
    environment: &Environment,
) -> Result<Vec<Setting>, CliError> {
    Ok(match whose {
        Whose::Client => Settings::load(settings, environment)?.settings,
        Whose::Server => {
            let surroundings = Surroundings {
                variables: environment.variables.clone(),
                data_home: environment.data_home(),
                now: environment.now,
            };
            Config::load(settings.config.as_deref(), &Overrides::default(), &surroundings)?.settings
        }
    })
}

/// Values with or without their origin.
struct View {
    settings: Vec<Setting>,
    with_origin: bool,
}

impl Serialize for View {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.with_origin {
            return self.settings.serialize(serializer);
        }
        serializer.collect_map(self.settings.iter().map(|setting| (&setting.key, &setting.value)))
    }
}

impl Render for View {
    fn table(&self, _: Detail) -> Table {
        let mut table = if self.with_origin {
            Table::new(["key", "value", "origin"])
        } else {
            Table::new(["key", "value"])
        };
        for setting in &self.settings {
            let value = match &setting.value {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let origin = self.with_origin.then(|| setting.origin.to_string());
            table.push([setting.key.clone(), value].into_iter().chain(origin));
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.settings.iter().map(|setting| setting.key.clone()).collect()
    }
}
