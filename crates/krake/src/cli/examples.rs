//! An example for the help of every subcommand; a test runs them all, in this order, as one story.

use clap::Command;

/// Path of a subcommand below `krake`, and its example.
const EXAMPLES: &[(&str, &str)] = &[(
    "core metricsprovider create",
    "krake core mp create local --type static -m heat_demand 0.6",
)];

/// Adds the examples to a parser.
pub fn with_examples(command: Command) -> Command {
    decorate(command, "")
}

fn decorate(command: Command, path: &str) -> Command {
    let example = EXAMPLES
        .iter()
        .find(|(of, _)| *of == path)
        .map(|(_, example)| *example);
    let command = match example {
        Some(example) => command.after_help(format!("Example:\n  {example}")),
        None => command,
    };
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    names.into_iter().fold(command, |command, name| {
        let below = format!("{path} {name}").trim_start().to_owned();
        command.mut_subcommand(name, |sub| decorate(sub, &below))
    })
}
