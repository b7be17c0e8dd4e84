//! The last operation of an object, and the conjunction that proves it done.

use super::standing::{Standing, Verdict};
use crate::landscape::observed::Observed;

/// Adds what keeps the last operation from being proof: an operation still asked for, a generation not seen, a
/// state other than `Succeeded`.
pub(super) fn judge(object: Observed<'_>, verdict: &mut Verdict) {
    if let Some(operation) = object.pending_operation() {
        verdict.add(
            Standing::Progressing,
            format!("{operation} is asked for and has not begun"),
        );
    }
    judge_generation(object, verdict);
    judge_state(object, verdict);
}

pub(super) fn judge_generation(object: Observed<'_>, verdict: &mut Verdict) {
    if object.has("/status") && !object.is_current() {
        verdict.add(
            Standing::Progressing,
            "its controller has not seen the newest change",
        );
    }
}

/// `Error`, `Pending` and `Aborted` are tried again; only `Failed` is final.
fn judge_state(object: Observed<'_>, verdict: &mut Verdict) {
    let Some(state) = object.text("/status/lastOperation/state") else {
        return verdict.add(Standing::Unknown, "no operation is reported");
    };
    let standing = match state {
        "Succeeded" => return,
        "Failed" => Standing::Degraded,
        "Processing" | "Error" | "Pending" | "Aborted" => Standing::Progressing,
        _ => Standing::Unknown,
    };
    verdict.add(standing, describe(object, state));
}

fn describe(object: Observed<'_>, state: &str) -> String {
    let kind = object.text("/status/lastOperation/type").unwrap_or("operation");
    let progress = object.integer("/status/lastOperation/progress");
    let progress = progress
        .map(|percent| format!(" at {percent} %"))
        .unwrap_or_default();
    let description = object
        .text("/status/lastOperation/description")
        .unwrap_or_default();
    let tail = if description.is_empty() {
        String::new()
    } else {
        format!(": {description}")
    };
    format!("{kind} is {state}{progress}{tail}")
}
