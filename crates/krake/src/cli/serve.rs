//! `krake serve`.

use std::path::Path;

use clap::Args;
use common::telemetry::init_tracing;

use super::documents::{self, DocumentError};
use super::environment::Environment;
use super::error::CliError;
use super::settings::SettingsOptions;
use crate::serve::{self, BootstrapFile, Config, Overrides, Surroundings};
use common::ui::Output;

/// The Kubernetes client logs every refused connection as an error of its own, beside what the controllers say.
const DEFAULT_FILTER: &str = "info,kube_client::client::builder=off";

/// Options of the command. `--config` names the server's configuration here.
#[derive(Debug, Clone, Args)]
pub struct ServeCommand {
    #[command(flatten)]
    overrides: Overrides,
}

/// Runs the command.
pub(super) async fn run(
    settings: &SettingsOptions,
    command: &ServeCommand,
    environment: Environment,
    output: &Output,
) -> Result<(), CliError> {
    let surroundings = Surroundings {
        data_home: environment.data_home(),
        now: environment.now,
        variables: environment.variables,
    };
    let loaded = Config::load(settings.config.as_deref(), &command.overrides, &surroundings)?;
    let config = loaded.config;
    init_tracing(
        config.log.level.as_deref().unwrap_or(DEFAULT_FILTER),
        config.log.format,
    )?;
    for (setting, why) in serve::dropped(&loaded.settings) {
        tracing::warn!(key = setting.key, origin = %setting.origin, why, "a setting has no effect");
    }
    let files = config.bootstrap.files.iter().flatten();
    let first = files
        .map(|path| read_first(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut printed = Ok(());
    serve::run(config, surroundings, &first, |url| printed = output.line(url)).await?;
    Ok(printed?)
}

fn read_first(path: &Path) -> Result<BootstrapFile, DocumentError> {
    Ok(BootstrapFile {
        path: path.to_owned(),
        documents: documents::read(path)?,
    })
}
