//! An example for the help of every subcommand; a test runs them from the root of the repository.

use clap::Command;

/// Path of a subcommand below the tool's name, and its example.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "build",
        "yake build examples/yake/overlay --var region=eu-central-1",
    ),
    (
        "status",
        "yake status --kubeconfig runtime.yaml --virtual-kubeconfig garden.yaml",
    ),
    (
        "upgrade plan",
        "yake upgrade plan --kubeconfig runtime.yaml --virtual-kubeconfig garden.yaml --to 1.148.4",
    ),
    ("version", "yake version -o json"),
    ("reference", "yake reference --output reference"),
];

/// Adds the examples to a parser.
pub fn with_examples(command: Command) -> Command {
    decorate(command, "")
}

fn decorate(command: Command, path: &str) -> Command {
    let example = EXAMPLES.iter().find(|(of, _)| *of == path);
    let command = match example {
        Some((_, example)) => command.after_help(format!("Example:\n  {example}")),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
        if command.get_subcommands().next().is_none() {
            found.push(path.to_owned());
        }
        for sub in command.get_subcommands() {
            leaves(sub, format!("{path} {}", sub.get_name()).trim_start(), found);
        }
    }

    #[test]
    fn every_command_that_does_something_has_an_example_and_every_example_a_command() {
        let mut commands = Vec::new();
        leaves(&crate::cli::command(), "", &mut commands);
        let mut examples: Vec<String> = EXAMPLES.iter().map(|(path, _)| (*path).to_owned()).collect();
        commands.sort();
        examples.sort();
        assert_eq!(commands, examples);
    }
}
