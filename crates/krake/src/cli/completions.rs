//! `krake completions`.

use clap::Args;
use clap_complete::Shell;

use super::error::CliError;
use common::ui::Output;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct CompletionsOptions {
    /// Shell.
    shell: Shell,
}

/// Runs the command.
pub(super) fn run(output: &Output, options: &CompletionsOptions) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut super::command(), "krake", &mut script);
    Ok(output.line(String::from_utf8_lossy(&script).trim_end())?)
}
