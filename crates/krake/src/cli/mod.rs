//! The command line: parsers and what they call. No logic of Krake itself, no environment, no exit.
//!
//! [`Krake`] is both the parser of the binary `krake` and a subcommand of the umbrella; [`run`] does what was
//! parsed, in the [`Environment`] that `main` hands over.

mod bootstrap;
mod completions;
mod config;
mod core;
mod documents;
mod environment;
mod error;
mod examples;
mod explain;
mod infrastructure;
mod kinds;
mod kubernetes;
mod openstack;
mod options;
mod reference;
mod report;
mod serve;
mod session;
mod settings;
mod specified;
mod table;
mod verbs;
mod version;
mod view;
mod wait;
mod watch;

use clap::{CommandFactory, Parser, Subcommand};
use common::ui::{ExitCode, Output};

pub use environment::Environment;
pub use error::CliError;
pub use examples::{story, with_examples};
pub use report::{exit_code, report};
pub use settings::SettingsOptions;
pub use version::VERSION;

/// Places workloads over many Kubernetes clusters, by labels and metrics.
#[derive(Debug, Clone, Parser)]
#[command(name = "krake", version, propagate_version = false)]
pub struct Krake {
    #[command(flatten)]
    settings: SettingsOptions,
    #[command(subcommand)]
    command: Command,
}

/// What Krake can do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Applications and clusters.
    #[command(subcommand, visible_alias = "kube")]
    Kubernetes(kubernetes::KubernetesCommand),
    /// Metrics, metrics providers, roles and role bindings.
    #[command(subcommand)]
    Core(core::CoreCommand),
    /// Infrastructure providers and clouds.
    #[command(subcommand, visible_alias = "infra")]
    Infrastructure(infrastructure::InfrastructureCommand),
    /// Projects and Magnum clusters.
    #[command(subcommand, visible_alias = "os")]
    Openstack(openstack::OpenstackCommand),
    /// Tell why an application runs where it runs, and what would change that.
    #[command(subcommand)]
    Explain(explain::ExplainCommand),
    /// Show changes as they happen.
    Watch(watch::WatchOptions),
    /// Store the objects of files, such as roles, metrics and providers.
    Bootstrap(bootstrap::BootstrapOptions),
    /// Run Krake: API, scheduler and controllers in one process, or some of them.
    Serve(Box<serve::ServeCommand>),
    /// Show the configuration in force, or what may stand in it.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print a script that completes commands in a shell.
    Completions(completions::CompletionsOptions),
    /// Print the version.
    Version(version::VersionOptions),
    /// Write the reference pages of the documentation.
    #[command(hide = true)]
    Reference(reference::ReferenceOptions),
}

/// The parser with the examples of every subcommand.
pub fn command() -> clap::Command {
    with_examples(Krake::command())
}

/// Runs a command to its end: the exit code says how it went, the standard error output why.
pub fn main(krake: Krake, environment: Environment, output: &Output) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.error(&error);
            return ExitCode::Failure;
        }
    };
    match runtime.block_on(run(krake, environment, output.clone())) {
        Ok(()) => ExitCode::Success,
        Err(error) => {
            report(output, &error);
            exit_code(&error)
        }
    }
}

/// Does what was parsed.
pub async fn run(krake: Krake, environment: Environment, output: Output) -> Result<(), CliError> {
    let Krake { settings, command } = krake;
    let open = |environment| {
        session::Session::open(
            settings::Settings::load(&settings, &environment)?.config,
            environment,
            output.clone(),
        )
    };
    match command {
        Command::Kubernetes(command) => kubernetes::run(&open(environment)?, command).await,
        Command::Core(command) => core::run(&open(environment)?, command).await,
        Command::Infrastructure(command) => infrastructure::run(&open(environment)?, command).await,
        Command::Openstack(command) => openstack::run(&open(environment)?, command).await,
        Command::Explain(command) => explain::run(&open(environment)?, command).await,
        Command::Watch(options) => watch::run(&open(environment)?, options).await,
        Command::Bootstrap(options) => bootstrap::run(&open(environment)?, options).await,
        Command::Serve(command) => serve::run(&settings, &command, environment, &output).await,
        Command::Config(command) => config::run(&settings, &command, &environment, &output),
        Command::Completions(options) => completions::run(&output, &options),
        Command::Version(options) => version::run(&output, &options),
        Command::Reference(options) => reference::run(&options),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_options_of_every_command_are_consistent() {
        super::command().debug_assert();
    }
}
