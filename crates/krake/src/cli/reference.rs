//! `krake reference`: the reference pages of the documentation, from what the program itself knows.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use common::config::reference_page;
use common::ui::{ExitCode, command_line_page};
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
    command_line_page(super::command(), "Krake")
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
