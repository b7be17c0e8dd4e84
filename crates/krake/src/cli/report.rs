//! How a failed command is reported: every cause, what was wrong where, and what to do.

use std::error::Error;
use std::fmt::Write;

use super::documents::DocumentError;
use super::error::CliError;
use super::output::Output;
use super::settings::SettingsError;
use crate::api::Violation;
use crate::client;
use crate::serve::ConfigError;

/// The exit code of a failed command: 2 for wrong use, 1 for everything else, as in the original.
pub fn exit_code(error: &CliError) -> u8 {
    match error {
        CliError::Usage(_) | CliError::Config(_) | CliError::Telemetry(_) => 2,
        CliError::Settings(_)
        | CliError::Document(_)
        | CliError::Kubeconfig { .. }
        | CliError::Request(_)
        | CliError::Invalid(_)
        | CliError::Exists(_)
        | CliError::Bootstrap { .. }
        | CliError::Vanished
        | CliError::Failed { .. }
        | CliError::Serve(_)
        | CliError::Terminal(_) => 1,
    }
}

/// Writes a failed command's error to standard error.
pub fn report(output: &Output, error: &CliError) {
    output.note(&text(error));
}

fn text(error: &CliError) -> String {
    match error {
        CliError::Document(DocumentError::Invalid { report, .. })
        | CliError::Settings(SettingsError::Invalid { report, .. })
        | CliError::Config(ConfigError::Invalid { report, .. }) => format!("{report:?}"),
        CliError::Invalid(violations) => format!("error: {error}{}", list(violations.iter().cloned())),
        CliError::Request(client::Error::Refused { problem, status, .. }) => {
            let violations: Vec<Violation> = problem.violations().collect();
            if violations.is_empty() {
                format!("error: {} ({status})", problem.text())
            } else {
                format!("error: the object is not valid ({status}){}", list(violations))
            }
        }
        CliError::Bootstrap { source, .. } => format!("error: {error}\n{}", text(source)),
        other => format!("error: {}", chain(other)),
    }
}

fn list(violations: impl IntoIterator<Item = Violation>) -> String {
    violations.into_iter().fold(String::new(), |mut text, violation| {
        let _ = write!(text, "\n  {}: {}", violation.path, violation.message);
        text
    })
}

/// An error and its causes, joined by colons.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
