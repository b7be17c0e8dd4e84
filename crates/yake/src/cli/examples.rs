//! An example for the help of every subcommand; a test runs those that need no cluster.

use clap::Command;
use common::ui;

/// Path of a subcommand below the tool's name, and its example.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "apply",
        "yake apply landscapes/dev --kubeconfig runtime.yaml --timeout 15m",
    ),
    ("diff", "yake diff landscapes/dev --kubeconfig runtime.yaml"),
    ("doctor", "yake doctor --kubeconfig runtime.yaml"),
    (
        "run",
        "yake run --kubeconfig runtime.yaml --listen 127.0.0.1:9080",
    ),
    ("get", "yake get --kubeconfig runtime.yaml"),
    ("tree", "yake tree dev --kubeconfig runtime.yaml"),
    (
        "trace",
        "yake trace ConfigMap reed --namespace tarn landscapes/dev --kubeconfig runtime.yaml",
    ),
    ("events", "yake events dev --kubeconfig runtime.yaml"),
    (
        "suspend",
        "yake suspend dev --unit garden --kubeconfig runtime.yaml",
    ),
    ("resume", "yake resume dev --kubeconfig runtime.yaml"),
    ("reconcile", "yake reconcile dev --kubeconfig runtime.yaml"),
    (
        "build",
        "yake build examples/yake/overlay --var region=eu-central-1",
    ),
    ("check", "yake check examples/yake/overlay -o json"),
    (
        "secrets encrypt",
        "yake secrets encrypt --in-place clusters/prod/db.yaml --age age1a8jslqtsphama3rrq6n3awdm030w5mpkk68cqjwvqqvn7vawmeeqel9hfc",
    ),
    (
        "secrets decrypt",
        "yake secrets decrypt clusters/prod/db.yaml --age-key-file keys.txt",
    ),
    (
        "secrets edit",
        "yake secrets edit clusters/prod/db.yaml --age-key-file keys.txt",
    ),
    (
        "secrets rekey",
        "yake secrets rekey clusters --add age1a6ywe3nc0uagf7q44rhtuyxpa97c8gr2axs4pr35q9jq88jkey0q94jyz4 --age-key-file keys.txt",
    ),
    ("secrets lint", "yake secrets lint clusters"),
    (
        "init",
        "yake init landscape --landscape dev --base-domain example.org --gardener 1.148.4",
    ),
    (
        "status",
        "yake status --kubeconfig runtime.yaml --virtual-kubeconfig garden.yaml",
    ),
    (
        "upgrade plan",
        "yake upgrade plan --kubeconfig runtime.yaml --virtual-kubeconfig garden.yaml --to 1.148.4",
    ),
    (
        "upgrade run",
        "yake upgrade run --kubeconfig runtime.yaml --virtual-kubeconfig garden.yaml --timeout 2h",
    ),
    ("version", "yake version -o json"),
    ("reference", "yake reference --output reference"),
    (
        "schemas",
        "yake schemas --source kubernetes --kubeconfig runtime.yaml --output kubernetes.json.zlib",
    ),
];

/// The text of all examples.
pub fn examples() -> impl Iterator<Item = &'static str> {
    EXAMPLES.iter().map(|(_, example)| *example)
}

/// Adds the examples to a parser.
pub fn with_examples(command: Command) -> Command {
    ui::with_examples(command, EXAMPLES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_that_does_something_has_an_example_and_every_example_a_command() {
        let mut examples: Vec<&str> = EXAMPLES.iter().map(|(path, _)| *path).collect();
        examples.sort_unstable();
        assert_eq!(ui::command_paths(&crate::cli::command()), examples);
    }
}
