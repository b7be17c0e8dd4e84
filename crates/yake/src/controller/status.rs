//! The status of a landscape, made of how its source and its units stand. Pure.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::conditions::{self, Condition, seconds};
use crate::sync::{Reason, UnitStatus};

/// Revisions that are remembered.
const HISTORY: usize = 5;

/// What a status says.
pub(super) struct Standing<'a> {
    /// How the units stand.
    pub(super) units: &'a [UnitStatus],
    /// The revision in force.
    pub(super) revision: Option<&'a str>,
    /// Why there is no newer one, and whether waiting can help.
    pub(super) source_problem: Option<(String, Permanence)>,
    /// Somebody's request that was answered.
    pub(super) handled: Option<&'a str>,
    /// Nothing is touched.
    pub(super) is_suspended: bool,
}

/// Whether a problem stays until somebody changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permanence {
    Passing,
    Lasting,
}

impl Standing<'_> {
    /// The reason and the words of the condition Ready.
    pub(super) fn ready(&self) -> (bool, Reason, String) {
        if self.is_suspended {
            return (false, Reason::Suspended, "the landscape is suspended".to_owned());
        }
        if self.revision.is_none()
            && let Some((problem, _)) = &self.source_problem
        {
            return (false, Reason::ArtifactFailed, problem.clone());
        }
        let open = self
            .units
            .iter()
            .filter(|unit| !unit.is_ready() && unit.reason != Reason::Suspended)
            .max_by_key(|unit| !unit.is_worth_waiting);
        if let Some(unit) = open {
            return (false, unit.reason, format!("{}: {}", unit.name, unit.message));
        }
        let (count, revision) = (self.units.len(), self.revision.unwrap_or_default());
        let message = format!("{count} units are as {revision} says");
        (true, Reason::ReconciliationSucceeded, message)
    }

    /// The conditions.
    fn conditions(&self) -> Vec<Condition> {
        let (is_ready, reason, message) = self.ready();
        let is_going_on = !is_ready && self.units.iter().any(|unit| unit.is_worth_waiting);
        let mut conditions = vec![Condition {
            kind: "Ready",
            is_true: is_ready,
            reason: format!("{reason:?}"),
            message,
        }];
        if is_going_on {
            conditions.push(Condition {
                kind: "Reconciling",
                is_true: true,
                reason: "Progressing".to_owned(),
                message: "units are on their way".to_owned(),
            });
        }
        if let Some((problem, permanence)) = &self.source_problem {
            let condition = |kind, reason: &str| Condition {
                kind,
                is_true: true,
                reason: reason.to_owned(),
                message: problem.clone(),
            };
            conditions.push(condition("FetchFailed", "GitOperationFailed"));
            if self.revision.is_some() {
                conditions.push(condition("ArtifactOutdated", "GitOperationFailed"));
            }
            if *permanence == Permanence::Lasting {
                conditions.push(condition("Stalled", "GitOperationFailed"));
            }
        }
        conditions
    }

    /// The whole status; `before` is the last one.
    pub(super) fn write(&self, before: &Value, generation: i64, now: Timestamp) -> Value {
        let last = before.get("conditions").unwrap_or(&Value::Null);
        let (is_ready, reason, _) = self.ready();
        let applied = if is_ready {
            self.revision.map(str::to_owned)
        } else {
            text(before, "lastAppliedRevision")
        };
        let mut status = json!({
            "observedGeneration": generation,
            "conditions": conditions::write(&self.conditions(), last, generation, now),
            "units": self.units.iter().map(unit).collect::<Vec<_>>(),
            "history": self.history(before, reason, now),
        });
        if let Some(members) = status.as_object_mut() {
            let handled = self.handled.map(str::to_owned);
            let handled = handled.or_else(|| text(before, "lastHandledReconcileAt"));
            for (name, value) in [
                ("lastAttemptedRevision", self.revision.map(str::to_owned)),
                ("lastAppliedRevision", applied),
                ("lastHandledReconcileAt", handled),
            ] {
                if let Some(value) = value {
                    members.insert(name.to_owned(), Value::String(value));
                }
            }
        }
        status
    }

    /// The last revisions and how they went, newest first.
    fn history(&self, before: &Value, reason: Reason, now: Timestamp) -> Vec<Value> {
        let mut history = before
            .get("history")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let Some(revision) = self.revision.filter(|_| !self.is_suspended) else {
            return history;
        };
        let word = format!("{reason:?}");
        let is_same = history.first().is_some_and(|first| {
            text(first, "revision").as_deref() == Some(revision)
                && text(first, "reason") == Some(word.clone())
        });
        if !is_same {
            history.insert(
                0,
                json!({"revision": revision, "reason": word, "since": seconds(now)}),
            );
            history.truncate(HISTORY);
        }
        history
    }
}

/// The status of a Kustomization has a schema of its own.
pub(super) fn as_flux(status: &mut Value) {
    if let Some(members) = status.as_object_mut() {
        members.remove("units");
        members.remove("history");
    }
}

fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

fn unit(status: &UnitStatus) -> Value {
    json!({
        "name": status.name,
        "ready": status.is_ready(),
        "reason": format!("{:?}", status.reason),
        "message": status.message,
    })
}
