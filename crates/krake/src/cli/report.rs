//! How a failed command is reported: every cause, what was wrong where, and how it exits.

use common::ui::{ExitCode, Output};

use super::documents::DocumentError;
use super::error::CliError;
use super::settings::SettingsError;
use crate::api::Violation;
use crate::client;
use crate::controllers::scheduler::ExplainError;
use crate::serve::LoadError;

/// The exit code of a failed command.
pub fn exit_code(error: &CliError) -> ExitCode {
    match error {
        CliError::Usage(_)
        | CliError::Config(_)
        | CliError::Settings(_)
        | CliError::Telemetry(_)
        | CliError::Document(_)
        | CliError::Kubeconfig { .. }
        | CliError::Invalid(_) => ExitCode::Usage,
        CliError::Request(error) | CliError::Explain(ExplainError::Api(error)) if error.is_not_found() => {
            ExitCode::NotFound
        }
        CliError::TimedOut { .. } => ExitCode::TimedOut,
        CliError::Bootstrap { source, .. } => exit_code(source),
        CliError::Request(_)
        | CliError::Explain(_)
        | CliError::Exists(_)
        | CliError::Unchanged
        | CliError::Vanished
        | CliError::Failed { .. }
        | CliError::Serve(_)
        | CliError::Terminal(_) => ExitCode::Failure,
    }
}

/// Tells what went wrong.
pub fn report(output: &Output, error: &CliError) {
    match error {
        CliError::Document(DocumentError::Invalid { report, .. }) => output.diagnostic(&***report),
        CliError::Settings(SettingsError::Invalid(errors)) | CliError::Config(LoadError::Invalid(errors)) => {
            for error in &errors.errors {
                output.diagnostic(error);
            }
        }
        CliError::Invalid(violations) => {
            output.error(error);
            list(output, violations.iter().cloned());
        }
        CliError::Request(client::Error::Refused { problem, status, .. }) => {
            let violations: Vec<Violation> = problem.violations().collect();
            if violations.is_empty() {
                output.note(&format!("error: {} ({status})", problem.text()));
            } else {
                output.note(&format!("error: the object is not valid ({status})"));
                list(output, violations);
            }
        }
        CliError::Request(client::Error::Unanswered { .. }) => {
            output.error(error);
            output.note(
                "  is the API there? `krake serve` starts one; --api-url, KRAKE_API_URL or api_url in krake.yaml says \
                 where it is",
            );
        }
        CliError::Bootstrap { source, .. } => {
            output.note(&format!("error: {error}"));
            report(output, source);
        }
        CliError::Failed { clues, .. } | CliError::TimedOut { clues, .. } => {
            output.error(error);
            for clue in clues {
                output.note(&format!("  {clue}"));
            }
        }
        other => output.error(other),
    }
}

fn list(output: &Output, violations: impl IntoIterator<Item = Violation>) {
    for violation in violations {
        output.note(&format!("  {}: {}", violation.path, violation.message));
    }
}
