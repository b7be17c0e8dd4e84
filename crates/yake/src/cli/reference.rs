//! `yake reference`: the reference page of the documentation, from what the program itself knows.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use common::ui::command_line_page;

use super::error::CliError;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct ReferenceOptions {
    /// Folder that the pages are written to.
    #[arg(long)]
    output: PathBuf,
}

/// Runs the command.
pub(super) fn run(options: &ReferenceOptions) -> Result<(), CliError> {
    let path = options.output.join("yake-cli.md");
    fs::create_dir_all(&options.output)
        .and_then(|()| fs::write(&path, command_line_page(super::command(), "Yake")))
        .map_err(|source| CliError::Write { path, source })
}
