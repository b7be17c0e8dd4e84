//! `Project`: a tenant.

use super::Expectation;
use super::standing::{Standing, Verdict};
use crate::landscape::observed::Observed;

pub(super) fn evaluate(object: Observed<'_>, _: &Expectation) -> Verdict {
    let mut verdict = Verdict::default();
    let Some(phase) = object.text("/status/phase") else {
        verdict.add(Standing::Unknown, "no phase is reported");
        return verdict;
    };
    let standing = match phase {
        "Ready" => return verdict,
        "Pending" | "Terminating" => Standing::Progressing,
        "Failed" => Standing::Degraded,
        _ => Standing::Unknown,
    };
    verdict.add(standing, format!("it is {phase}"));
    verdict
}
