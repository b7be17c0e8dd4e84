//! How a unit stands after a pass: one reason for programs, one sentence for people.

use common::causes::chain;
use common::graph::{Pass, Report, State};
use common::kube::Class;
use serde::Serialize;

use super::desired::DesiredError;
use super::error::SyncError;
use super::parts::Change;
use super::session::Session;
use crate::build::BuildError;

/// Why a unit stands as it does. The words are those of Flux where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Reason {
    /// All is as Git says.
    ReconciliationSucceeded,
    /// On the way: something is not well yet.
    Progressing,
    /// Something was refused or failed, and is tried again.
    ReconciliationFailed,
    /// There is no revision to apply.
    ArtifactFailed,
    /// The folder cannot be built.
    BuildFailed,
    /// An encrypted file cannot be opened.
    DecryptionFailed,
    /// Objects are refused; nothing was applied.
    ValidationFailed,
    /// Objects are not well and will not become so by waiting, or did not in time.
    HealthCheckFailed,
    /// A unit that comes before is not ready.
    DependencyNotReady,
    /// Objects that are gone from Git cannot be deleted.
    PruneFailed,
    /// Objects that are gone from Git must not be deleted without consent.
    PruneBlocked,
    /// It is not touched.
    Suspended,
}

/// How a unit stands.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnitStatus {
    /// Name.
    pub name: String,
    /// Why.
    pub reason: Reason,
    /// In words.
    pub message: String,
    /// What was done, object by object.
    pub applied: Vec<String>,
    /// Objects that differ from Git and are left so, because the unit only tells of drift.
    pub drift: Vec<String>,
    /// All that went wrong.
    pub errors: Vec<String>,
    /// Whether trying again without a change can help.
    #[serde(skip)]
    pub is_worth_waiting: bool,
    /// All that is left to do is up to units that take objects over from this one: they need not wait for it.
    #[serde(skip)]
    pub is_handing_over: bool,
}

impl UnitStatus {
    pub(super) fn new(name: &str, reason: Reason, message: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            reason,
            message: message.into(),
            applied: Vec::new(),
            drift: Vec::new(),
            errors: Vec::new(),
            is_worth_waiting: matches!(reason, Reason::Progressing | Reason::DependencyNotReady),
            is_handing_over: false,
        }
    }

    /// Something that is kept elsewhere comes before.
    pub fn waits(name: &str, open: &str) -> Self {
        Self::new(name, Reason::DependencyNotReady, format!("it waits for {open}"))
    }

    pub(super) fn without_garden(name: &str) -> Self {
        let message = "the virtual garden cannot be reached yet";
        Self::new(name, Reason::DependencyNotReady, message)
    }

    /// Whether all is as Git says.
    pub fn is_ready(&self) -> bool {
        self.reason == Reason::ReconciliationSucceeded
    }

    pub(super) fn failed_to_build(name: &str, error: &DesiredError) -> Self {
        let reason = match error {
            DesiredError::Build(BuildError::DecryptionFailed { .. }) => Reason::DecryptionFailed,
            DesiredError::Build(_) | DesiredError::Substitute(_) => Reason::BuildFailed,
            DesiredError::Manifests(_) => Reason::ValidationFailed,
        };
        Self::new(name, reason, chain(error))
    }

    pub(super) fn failed(name: &str, errors: &[SyncError], applied: Vec<String>) -> Self {
        let is_worth_waiting = errors.iter().any(|error| error.class() != Class::Permanent);
        let reason = match errors.first() {
            Some(SyncError::Prune { .. }) => Reason::PruneFailed,
            _ if applied.is_empty() && !is_worth_waiting => Reason::ValidationFailed,
            _ => Reason::ReconciliationFailed,
        };
        let errors: Vec<_> = errors.iter().map(|error| chain(error)).collect();
        Self {
            message: summary(&errors),
            applied,
            errors,
            is_worth_waiting,
            ..Self::new(name, reason, "")
        }
    }

    /// Of a pass, after which the session knows what is left.
    pub(super) fn of(name: &str, pass: Pass<Change, SyncError>, session: &Session<'_>) -> Self {
        let reports = pass.reports;
        let is_else_ready = reports
            .iter()
            .all(|report| report.name == super::pass::PRUNE || matches!(report.state, State::Ready));
        let applied = reports
            .iter()
            .flat_map(|report| &report.applied)
            .filter(|change| change.object().is_some())
            .map(ToString::to_string)
            .collect();
        let is_stage = |report: &&Report<Change, SyncError>| report.name != super::pass::PRUNE;
        let drift = reports
            .iter()
            .filter(is_stage)
            .flat_map(|report| &report.withheld)
            .map(|withheld| withheld.change.to_string())
            .collect();
        let (mut errors, mut open) = (Vec::new(), None);
        for report in reports {
            let Report {
                name: part,
                applied: _,
                withheld: _,
                state,
            } = report;
            match state {
                State::Failed(failed) => errors.extend(failed),
                State::Stuck(message) if part == super::pass::PRUNE => {
                    open.get_or_insert((Reason::PruneBlocked, message));
                }
                State::Stuck(message) => {
                    open.get_or_insert((Reason::HealthCheckFailed, message));
                }
                State::Waiting(message) => {
                    open.get_or_insert((Reason::Progressing, message));
                }
                State::Ready | State::Blocked { .. } | State::Untouched => {}
            }
        }
        if !errors.is_empty() {
            return Self::failed(name, &errors, applied);
        }
        let (reason, message) = open.unwrap_or_else(|| {
            let message = "all objects are as Git says".to_owned();
            (Reason::ReconciliationSucceeded, message)
        });
        Self {
            applied,
            drift,
            // What is unhealthy now may become well: Gardener tries again by itself.
            is_worth_waiting: matches!(reason, Reason::Progressing | Reason::HealthCheckFailed),
            is_handing_over: is_else_ready && session.known.lock().is_handing_over,
            ..Self::new(name, reason, message)
        }
    }
}

fn summary(errors: &[String]) -> String {
    match errors {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first}; and {} more", rest.len()),
    }
}
