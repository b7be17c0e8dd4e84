//! `Shoot`: a tenant's cluster. Gardener sums it up in a label; the reasons are its last errors, its last
//! operation and its conditions.

use serde_json::Value;

use super::standing::{Standing, Verdict};
use super::{Expectation, operation};
use crate::landscape::observed::Observed;

const STATUS: &str = "shoot.gardener.cloud/status";

pub(super) fn evaluate(object: Observed<'_>, _: &Expectation) -> Verdict {
    let mut verdict = Verdict::default();
    let (standing, label) = match object.label(STATUS) {
        Some("healthy") => return verdict,
        Some("progressing") => (Standing::Progressing, "progressing"),
        Some("unhealthy") => (Standing::Degraded, "unhealthy"),
        Some(_) => (Standing::Unknown, "unknown"),
        None => (Standing::Unknown, "not reported yet"),
    };
    let mut clues = Verdict::default();
    operation::judge(object, &mut clues);
    for condition in object.conditions() {
        condition.judge(&mut clues);
    }
    let clues = clues.reasons.into_iter().map(|reason| reason.message);
    let words: Vec<String> = errors(object).chain(clues).collect();
    let tail = if words.is_empty() {
        String::new()
    } else {
        format!(": {}", words.join("; "))
    };
    verdict.add(standing, format!("its status is {label}{tail}"));
    verdict
}

/// The last errors with their codes, such as `ERR_INFRA_QUOTA_EXCEEDED`.
fn errors(object: Observed<'_>) -> impl Iterator<Item = String> {
    object.list("/status/lastErrors").map(|error| {
        let description = error
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let codes = error.get("codes").and_then(Value::as_array).into_iter().flatten();
        let codes: Vec<&str> = codes.filter_map(Value::as_str).collect();
        if codes.is_empty() {
            return description.to_owned();
        }
        format!("{} ({description})", codes.join(", "))
    })
}
