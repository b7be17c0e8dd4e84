//! `krake serve`.

use clap::Args;
use common::telemetry::init_tracing;

use super::environment::Environment;
use super::error::CliError;
use super::settings::SettingsOptions;
use crate::serve::{self, Config, Overrides, Surroundings};
use common::ui::Output;

/// Options of the command. `--config` names the server's configuration here.
#[derive(Debug, Clone, Args)]
pub struct ServeCommand {
    #[command(flatten)]
    overrides: Overrides,
}

/// Runs the command.
pub(super) async fn run(
    settings: SettingsOptions,
    command: ServeCommand,
    environment: Environment,
    output: &Output,
) -> Result<(), CliError> {
    let surroundings = Surroundings {
        data_home: environment.data_home(),
        now: environment.now,
        variables: environment.variables,
    };
    let config = Config::load(settings.config.as_deref(), command.overrides, &surroundings)?;
    init_tracing(config.log.level.as_deref().unwrap_or("info"), config.log.format)?;
    for (key, why) in config.dropped() {
        tracing::warn!(key, why, "key of the configuration has no effect");
    }
    let mut printed = Ok(());
    serve::run(config, surroundings, |url| printed = output.line(url)).await?;
    Ok(printed?)
}
