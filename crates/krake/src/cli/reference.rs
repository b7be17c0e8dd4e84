//! `krake reference`: the reference pages of the documentation, from what the program itself knows.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use clap::{Arg, Args, Command};
use common::config::reference_page;
use common::ui::ExitCode;
use serde_json::Value;

use super::config::{Whose, schema_of};
use super::error::CliError;
use super::settings::Settings;
use crate::serve::{Config, DROPPED, PREFIX};
use crate::server::openapi;

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct ReferenceOptions {
    /// Folder that the pages are written to.
    #[arg(long)]
    output: PathBuf,
}

/// Runs the command.
pub(super) fn run(options: &ReferenceOptions) -> Result<(), CliError> {
    for (name, page) in pages() {
        let path = options.output.join(name);
        fs::create_dir_all(&options.output)
            .and_then(|()| fs::write(&path, page))
            .map_err(|error| CliError::usage(format!("cannot write {}: {error}", path.display())))?;
    }
    Ok(())
}

fn pages() -> [(&'static str, String); 6] {
    [
        ("krake-cli.md", command_line()),
        ("exit-codes.md", exit_codes()),
        ("krake-config.md", configuration()),
        ("krake-server.schema.json", pretty(&schema_of(Whose::Server))),
        ("krake-client.schema.json", pretty(&schema_of(Whose::Client))),
        ("openapi.json", pretty(&openapi())),
    ]
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// One page for the server and the command line, whose files are different ones.
fn configuration() -> String {
    let server = reference_page::<Config>("The server: `krake serve --config FILE`", PREFIX);
    let client = reference_page::<Settings>(
        "The command line: `krake.yaml`, `krakectl.yaml`, `rok.yaml`",
        PREFIX,
    );
    let mut page = format!("# Configuration of Krake\n\n#{server}");
    page.push_str("\n### Keys of the original that have no effect\n\n| key | what came of it |\n|---|---|\n");
    for (key, why) in DROPPED {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| `{key}` | {why} |");
    }
    let _ = write!(page, "\n#{client}");
    page
}

fn exit_codes() -> String {
    let mut page =
        "# Exit codes\n\nThe same for all commands of all tools.\n\n| code | meaning |\n|---|---|\n"
            .to_owned();
    for code in ExitCode::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| {} | {code} |", code.code());
    }
    page
}

fn command_line() -> String {
    let mut command = super::command();
    command.build();
    let mut page =
        "# Command line of Krake\n\nWhat `--help` says of every command, on one page.\n".to_owned();
    describe(&command, "krake", &mut page);
    page
}

fn describe(command: &Command, path: &str, page: &mut String) {
    let _ = write!(page, "\n## `{path}`\n\n");
    if let Some(about) = command.get_about() {
        let _ = writeln!(page, "{about}\n");
    }
    let aliases = command
        .get_visible_aliases()
        .map(|alias| format!("`{alias}`"))
        .collect::<Vec<_>>();
    if !aliases.is_empty() {
        let _ = writeln!(page, "Also: {}\n", aliases.join(", "));
    }
    options(command, page);
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

/// Global options stand at the top only.
fn options(command: &Command, page: &mut String) {
    let is_own = |arg: &&Arg| {
        !arg.is_hide_set()
            && arg.get_id() != "help"
            && !(arg.is_global_set() && command.get_name() != "krake")
    };
    let own = command.get_arguments().filter(is_own).collect::<Vec<_>>();
    if !own.is_empty() {
        page.push_str("| option | meaning | default |\n|---|---|---|\n");
    }
    for arg in own {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            spelling(arg),
            cell(&meaning(arg)),
            cell(&default(arg))
        );
    }
}

fn spelling(arg: &Arg) -> String {
    let values = arg.get_value_names().unwrap_or_default();
    let value = values
        .iter()
        .map(|name| format!("<{name}>"))
        .collect::<Vec<_>>()
        .join(" ");
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let names = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    if names.is_empty() || arg.get_action().takes_values() {
        format!("{names} {value}").trim().to_owned()
    } else {
        names
    }
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let choices = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect::<Vec<_>>();
    if choices.is_empty() || !arg.get_action().takes_values() {
        help
    } else {
        format!("{help} One of {}.", choices.join(", "))
    }
}

fn default(arg: &Arg) -> String {
    let values = arg
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect::<Vec<_>>();
    if arg.get_action().takes_values() {
        values.join(" ")
    } else {
        String::new()
    }
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_visible_command_is_described() {
        let page = command_line();
        for path in [
            "krake kubernetes application create",
            "krake core metric list",
            "krake version",
        ] {
            assert!(page.contains(&format!("\n## `{path}`\n")), "{path} is missing");
        }
        assert!(
            !page.contains("krake reference"),
            "what makes the pages is no business of users"
        );
    }

    #[test]
    fn every_exit_code_has_its_line() {
        assert_eq!(
            exit_codes().lines().filter(|line| line.starts_with("| ")).count(),
            ExitCode::ALL.len() + 1
        );
    }
}
