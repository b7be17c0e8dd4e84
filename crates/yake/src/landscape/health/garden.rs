//! `Garden`: the landscape's own control plane.

use super::condition::require;
use super::standing::{Standing, Verdict};
use super::{Expectation, operation};
use crate::landscape::Version;
use crate::landscape::observed::Observed;

const CONDITIONS: [&str; 4] = [
    "RuntimeComponentsHealthy",
    "VirtualComponentsHealthy",
    "VirtualGardenAPIServerAvailable",
    "ObservabilityComponentsHealthy",
];

/// That a Garden was seen to succeed: for which specification, by which version of the operator. As long as both
/// stand, a `Processing` is the hourly reconciliation of a healthy Garden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// `metadata.generation` then.
    pub generation: i64,
    /// `status.gardener.version` then.
    pub version: String,
}

pub(super) fn evaluate(object: Observed<'_>, expectation: &Expectation) -> Verdict {
    let mut verdict = Verdict::default();
    if !is_routine(object, expectation.proof.as_ref()) {
        operation::judge(object, &mut verdict);
    }
    judge_version(object, expectation.version.as_ref(), &mut verdict);
    require(object, &CONDITIONS, &mut verdict);
    verdict
}

fn is_routine(object: Observed<'_>, proof: Option<&Proof>) -> bool {
    proof.is_some_and(|proof| {
        object.text("/status/lastOperation/state") == Some("Processing")
            && object.text("/status/lastOperation/type") == Some("Reconcile")
            && object.pending_operation().is_none()
            && object.is_current()
            && object.generation() == proof.generation
            && object.text("/status/gardener/version") == Some(proof.version.as_str())
    })
}

/// The operator writes its own version when it begins: meaningful beside a finished operation only, which is why
/// this adds to the other reasons and never replaces them.
fn judge_version(object: Observed<'_>, target: Option<&Version>, verdict: &mut Verdict) {
    let Some(target) = target else { return };
    match object.text("/status/gardener/version").map(str::parse::<Version>) {
        Some(Ok(version)) if version == *target => {}
        Some(Ok(version)) => {
            verdict.add(
                Standing::Progressing,
                format!("it is of Gardener {version}, not {target} yet"),
            );
        }
        Some(Err(error)) => verdict.add(Standing::Unknown, error.to_string()),
        None => verdict.add(Standing::Unknown, "no version of Gardener is reported"),
    }
}
