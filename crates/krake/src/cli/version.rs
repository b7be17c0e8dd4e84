//! `krake version`.

use clap::Args;
use serde::Serialize;

use super::error::CliError;
use super::options::OutputOptions;
use common::ui::{Output, OutputFormat};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct VersionOptions {
    #[command(flatten)]
    output: OutputOptions,
}

/// Versions of the binary and of what it speaks.
#[derive(Debug, Serialize)]
pub(super) struct Versions {
    /// Name of the tool.
    pub name: &'static str,
    /// Version of the tool.
    pub version: &'static str,
    /// Version of the original whose API it speaks.
    pub api: &'static str,
}

/// Version of this build.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// This build's versions.
pub(super) const VERSIONS: Versions = Versions {
    name: "krake",
    version: VERSION,
    api: "1.0.1",
};

/// Runs the command.
pub(super) fn run(output: &Output, options: &VersionOptions) -> Result<(), CliError> {
    let Versions { name, version, api } = VERSIONS;
    Ok(match options.output.format {
        OutputFormat::Table | OutputFormat::Wide => {
            output.line(&format!("{name} {version} (API of Krake {api})"))
        }
        OutputFormat::Name => output.line(version),
        format @ (OutputFormat::Json | OutputFormat::Yaml) => output.document(&VERSIONS, format),
    }?)
}
