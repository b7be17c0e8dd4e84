//! The reference page of a command line, from what its parser knows.

use std::fmt::Write as _;

use clap::{Arg, Command};

/// A page of Markdown: every visible command of a program with its options and its example. `program` is how the
/// program is called in text.
pub fn command_line_page(mut command: Command, program: &str) -> String {
    command.build();
    let mut page =
        format!("# Command line of {program}\n\nWhat `--help` says of every command, on one page.\n");
    let name = command.get_name().to_owned();
    describe(&command, &name, &mut page);
    page
}

fn describe(command: &Command, path: &str, page: &mut String) {
    // Writing to a string cannot fail, here and below.
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
    options(command, path, page);
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
fn options(command: &Command, path: &str, page: &mut String) {
    let is_own = |arg: &&Arg| {
        !arg.is_hide_set() && arg.get_id() != "help" && !(arg.is_global_set() && path.contains(' '))
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
        let help = help.trim_end_matches('.');
        format!("{help}. One of {}.", choices.join(", "))
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
