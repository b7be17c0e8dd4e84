//! `yake suspend`, `yake resume` and `yake reconcile`: the word of an operator to the controller. It stands in
//! annotations of the landscape, beside what Git says.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use common::ui::{ExitCode, Output};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::environment::Environment;
use super::error::CliError;
use super::landscapes::{LandscapeOptions, annotation};
use crate::api::{Period, names};

/// Options of `suspend` and `resume`.
#[derive(Debug, Clone, Args)]
pub struct SuspendOptions {
    /// The landscape.
    name: String,
    /// Only this unit; may be repeated. Without it, all of the landscape.
    #[arg(long = "unit", value_name = "NAME")]
    units: Vec<String>,
    #[command(flatten)]
    landscapes: LandscapeOptions,
}

/// Options of `reconcile`.
#[derive(Debug, Clone, Args)]
pub struct ReconcileOptions {
    /// The landscape.
    name: String,
    #[command(flatten)]
    landscapes: LandscapeOptions,
    /// How long to wait for the controller's answer.
    #[arg(long, value_name = "DURATION", default_value = "1m")]
    timeout: Period,
}

/// What is to be done with what is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Suspend,
    Resume,
}

/// Suspends or resumes.
pub(super) async fn run(
    options: &SuspendOptions,
    word: Word,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let connection = options.landscapes.connect(environment).await?;
    let landscape = options.landscapes.get(&connection, &options.name).await?;
    let before = annotation(&landscape, names::SUSPENDED).unwrap_or_default();
    let suspended = suspended(&before, &options.units, word);
    let now = environment.clock.now().to_string();
    let mut annotations = json!({names::REQUESTED_AT: now});
    if let Some(members) = annotations.as_object_mut().filter(|_| !suspended.is_empty()) {
        members.insert(names::SUSPENDED.to_owned(), Value::String(suspended.clone()));
    }
    options
        .landscapes
        .annotate(&connection, &options.name, &annotations)
        .await?;
    output.note(&match suspended.as_str() {
        "" => format!("nothing of {} is suspended", options.name),
        "*" => format!("{} is suspended", options.name),
        units => format!("of {}, these units are suspended: {units}", options.name),
    });
    Ok(ExitCode::Success)
}

/// The units that are suspended afterwards.
fn suspended(before: &str, units: &[String], word: Word) -> String {
    let mut all: BTreeSet<&str> = before
        .split(',')
        .map(str::trim)
        .filter(|unit| !unit.is_empty())
        .collect();
    match (word, units.is_empty()) {
        (Word::Suspend, true) => return "*".to_owned(),
        (Word::Resume, true) => return String::new(),
        (Word::Suspend, false) => all.extend(units.iter().map(String::as_str)),
        (Word::Resume, false) => all.retain(|unit| !units.iter().any(|resumed| resumed == unit)),
    }
    all.into_iter().collect::<Vec<_>>().join(",")
}

/// Asks for a fetch and a round at once, and waits for the answer.
pub(super) async fn reconcile(
    options: &ReconcileOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let connection = options.landscapes.connect(environment).await?;
    let landscape = options.landscapes.get(&connection, &options.name).await?;
    let asked = environment.clock.now().to_string();
    let mut annotations = json!({names::REQUESTED_AT: asked});
    if let (Some(members), Some(suspended)) = (
        annotations.as_object_mut(),
        annotation(&landscape, names::SUSPENDED),
    ) {
        members.insert(names::SUSPENDED.to_owned(), Value::String(suspended));
    }
    options
        .landscapes
        .annotate(&connection, &options.name, &annotations)
        .await?;
    let deadline = Instant::now() + options.timeout.0;
    while Instant::now() < deadline {
        let landscape = options.landscapes.get(&connection, &options.name).await?;
        let handled = landscape.pointer("/status/lastHandledReconcileAt");
        if handled.and_then(Value::as_str) == Some(asked.as_str()) {
            output.note(&match landscape.pointer("/status/lastAttemptedRevision") {
                Some(Value::String(revision)) => format!("{} was gone through at {revision}", options.name),
                _ => format!("{} was looked at; nothing was done", options.name),
            });
            return Ok(ExitCode::Success);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    output.note("the controller has not answered; is yake run at work?");
    Ok(ExitCode::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_added_and_taken_back_one_by_one_or_all_at_once() {
        let units = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(suspended("", &units(&["b", "a"]), Word::Suspend), "a,b");
        assert_eq!(suspended("a,b", &units(&["a"]), Word::Resume), "b");
        assert_eq!(suspended("a", &[], Word::Suspend), "*");
        assert_eq!(suspended("*", &[], Word::Resume), "");
    }
}
