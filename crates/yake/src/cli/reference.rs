//! `yake reference`: the reference page of the documentation, from what the program itself knows.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use clap::{Arg, Args, Command};

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
        .and_then(|()| fs::write(&path, command_line()))
        .map_err(|source| CliError::Write { path, source })
}

fn command_line() -> String {
    let mut command = super::command();
    command.build();
    let mut page = "# Command line of Yake\n\nWhat `--help` says of every command, on one page.\n".to_owned();
    describe(&command, "yake", &mut page);
    page
}

fn describe(command: &Command, path: &str, page: &mut String) {
    // Writing to a string cannot fail, here and below.
    let _ = write!(page, "\n## `{path}`\n\n");
    if let Some(about) = command.get_about() {
        let _ = writeln!(page, "{about}\n");
    }
    let own: Vec<_> = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && arg.get_id() != "help")
        .collect();
    if !own.is_empty() {
        page.push_str("| option | meaning | default |\n|---|---|---|\n");
    }
    for arg in own {
        let meaning = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            spelling(arg),
            cell(&meaning),
            cell(&default(arg))
        );
    }
    if let Some(example) = command.get_after_help() {
        let _ = writeln!(page, "\n```text\n{example}\n```");
    }
    let visible = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set() && below.get_name() != "help");
    for below in visible {
        describe(below, &format!("{path} {}", below.get_name()), page);
    }
}

fn spelling(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let names = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    let values = arg.get_value_names().unwrap_or_default();
    if arg.get_action().takes_values() {
        let values: Vec<_> = values.iter().map(|name| format!("<{name}>")).collect();
        format!("{names} {}", values.join(" ")).trim().to_owned()
    } else {
        names
    }
}

fn default(arg: &Arg) -> String {
    let values = arg.get_default_values().iter();
    let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        format!("`{}`", values.join(" "))
    } else {
        String::new()
    }
}

fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
