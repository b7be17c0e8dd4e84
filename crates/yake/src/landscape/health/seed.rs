//! `Seed`: a cluster that hosts control planes.

use super::condition::require;
use super::standing::{Standing, Verdict};
use super::{Expectation, operation};
use crate::landscape::observed::Observed;

/// Set by Gardener when too many shoots of a seed went wrong at once.
const EMERGENCY: &str = "EmergencyStopShootReconciliations";

pub(super) fn evaluate(object: Observed<'_>, _: &Expectation) -> Verdict {
    let mut verdict = Verdict::default();
    operation::judge(object, &mut verdict);
    require(
        object,
        &["GardenletReady", "ExtensionsReady", "SeedSystemComponentsHealthy"],
        &mut verdict,
    );
    if object.has("/spec/backup") {
        require(object, &["BackupBucketsReady"], &mut verdict);
    }
    if object
        .condition(EMERGENCY)
        .is_some_and(super::condition::Condition::is_true)
    {
        verdict.add(Standing::Degraded, "reconciliation of its shoots is stopped");
    }
    verdict
}
