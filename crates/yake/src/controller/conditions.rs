//! Conditions of a landscape, as Kubernetes has them: the time of a transition stays while the status does. Pure.

use jiff::Timestamp;
use serde_json::{Value, json};

/// What a condition says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) kind: &'static str,
    pub(super) is_true: bool,
    pub(super) reason: String,
    pub(super) message: String,
}

/// Conditions for a status; `before` are those of the last one.
pub(super) fn write(conditions: &[Condition], before: &Value, generation: i64, now: Timestamp) -> Value {
    let all = conditions.iter().map(|condition| {
        let Condition {
            kind,
            is_true,
            reason,
            message,
        } = condition;
        let status = if *is_true { "True" } else { "False" };
        let last = before
            .as_array()
            .into_iter()
            .flatten()
            .find(|last| last.get("type").and_then(Value::as_str) == Some(*kind));
        let unchanged = last.filter(|last| last.get("status").and_then(Value::as_str) == Some(status));
        let since = unchanged.and_then(|last| last.get("lastTransitionTime")?.as_str());
        json!({
            "type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": generation,
            "lastTransitionTime": since.map_or_else(|| seconds(now), str::to_owned),
        })
    });
    Value::Array(all.collect())
}

/// A time as Kubernetes writes it.
pub(super) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_transition_stays_while_the_status_does() {
        let ready = |is_true| Condition {
            kind: "Ready",
            is_true,
            reason: "R".to_owned(),
            message: String::new(),
        };
        let at = |second| Timestamp::from_second(second).unwrap();
        let first = write(&[ready(false)], &Value::Null, 1, at(0));
        let second = write(&[ready(false)], &first, 1, at(60));
        assert_eq!(first, second);
        let third = write(&[ready(true)], &second, 1, at(120));
        assert_eq!(third[0]["lastTransitionTime"], "1970-01-01T00:02:00Z");
    }
}
