//! Conditions, with Gardener's fourth value.

use serde_json::Value;

use super::standing::{Standing, Verdict};
use crate::landscape::observed::Observed;

/// An entry of `status.conditions`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    status: &'a str,
    message: &'a str,
}

impl<'a> Condition<'a> {
    pub(super) fn read(entry: &'a Value) -> Option<Self> {
        let text = |key| entry.get(key).and_then(Value::as_str);
        Some(Self {
            kind: text("type")?,
            status: text("status")?,
            message: text("message").unwrap_or_default(),
        })
    }

    /// `Progressing` is no Kubernetes value: Gardener says it while a failure is younger than its threshold.
    fn standing(self) -> Standing {
        match self.status {
            "True" => Standing::Healthy,
            "False" => Standing::Degraded,
            "Progressing" => Standing::Progressing,
            _ => Standing::Unknown,
        }
    }

    pub(super) fn is_true(self) -> bool {
        self.status == "True"
    }

    /// Adds a reason unless the condition is true.
    pub(super) fn judge(self, verdict: &mut Verdict) {
        let standing = self.standing();
        if standing == Standing::Healthy {
            return;
        }
        let Self {
            kind,
            status,
            message,
        } = self;
        let tail = if message.is_empty() {
            String::new()
        } else {
            format!(": {message}")
        };
        verdict.add(standing, format!("{kind} is {status}{tail}"));
    }
}

impl<'a> Observed<'a> {
    pub(super) fn conditions(self) -> impl Iterator<Item = Condition<'a>> {
        self.list("/status/conditions").filter_map(Condition::read)
    }

    pub(super) fn condition(self, kind: &str) -> Option<Condition<'a>> {
        self.conditions().find(|condition| condition.kind == kind)
    }
}

/// Judges the conditions that have to be there, and says which are missing.
pub(super) fn require(object: Observed<'_>, kinds: &[&str], verdict: &mut Verdict) {
    for kind in kinds {
        match object.condition(kind) {
            Some(condition) => condition.judge(verdict),
            None => verdict.add(Standing::Unknown, format!("{kind} is not reported")),
        }
    }
}
