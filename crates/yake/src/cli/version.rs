//! `yake version`.

use clap::{Args, ValueEnum};
use common::ui::{Output, OutputFormat};
use serde::Serialize;

use super::error::CliError;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct VersionOptions {
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: VersionFormat,
}

/// Forms of a version.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum VersionFormat {
    /// A line of text.
    #[default]
    Text,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// Version of the binary.
#[derive(Debug, Serialize)]
struct Version {
    name: &'static str,
    version: &'static str,
}

/// Version of this build.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs the command.
pub(super) fn run(output: &Output, options: &VersionOptions) -> Result<(), CliError> {
    let version = Version {
        name: "yake",
        version: VERSION,
    };
    match options.output {
        VersionFormat::Text => output.line(&format!("yake {VERSION}"))?,
        VersionFormat::Json => output.document(&version, OutputFormat::Json)?,
        VersionFormat::Yaml => output.document(&version, OutputFormat::Yaml)?,
    }
    Ok(())
}
