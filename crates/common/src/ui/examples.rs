//! An example in the help of every command.

use clap::Command;

/// Adds examples to the help of a parser's subcommands: each is the path of one, below the program's name, and the
/// text.
pub fn with_examples(command: Command, examples: &[(&str, &str)]) -> Command {
    decorate(command, "", examples)
}

fn decorate(command: Command, path: &str, examples: &[(&str, &str)]) -> Command {
    let example = examples.iter().find(|(of, _)| *of == path);
    let command = match example {
        Some((_, example)) => command.after_help(format!("Example:\n  {example}")),
        None => command,
    };
    names_below(&command).into_iter().fold(command, |command, name| {
        let below = join(path, &name);
        command.mut_subcommand(name, |sub| decorate(sub, &below, examples))
    })
}

/// The paths of all commands that do something by themselves, sorted: these are the ones that need an example.
pub fn command_paths(command: &Command) -> Vec<String> {
    let mut found = Vec::new();
    leaves(command, "", &mut found);
    found.sort();
    found
}

fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
    if command.get_subcommands().next().is_none() {
        found.push(path.to_owned());
    }
    for sub in command.get_subcommands() {
        leaves(sub, &join(path, sub.get_name()), found);
    }
}

fn names_below(command: &Command) -> Vec<String> {
    let names = command.get_subcommands().map(|sub| sub.get_name().to_owned());
    names.collect()
}

fn join(path: &str, name: &str) -> String {
    format!("{path} {name}").trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parser() -> Command {
        let create = Command::new("create");
        Command::new("tool")
            .subcommand(Command::new("pond").subcommand(create))
            .subcommand(Command::new("version"))
    }

    #[test]
    fn an_example_stands_in_the_help_of_its_command_alone() {
        let mut parser = with_examples(parser(), &[("pond create", "tool pond create reed")]);
        let help = |command: &mut Command| command.render_help().to_string();
        assert!(!help(&mut parser).contains("reed"));
        let pond = parser.find_subcommand_mut("pond").unwrap();
        assert!(!help(pond).contains("reed"));
        let create = pond.find_subcommand_mut("create").unwrap();
        assert!(help(create).ends_with("Example:\n  tool pond create reed\n"));
    }

    #[test]
    fn only_what_does_something_needs_an_example() {
        assert_eq!(command_paths(&parser()), ["pond create", "version"]);
    }
}
