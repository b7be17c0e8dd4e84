//! `ManagedSeed`: a shoot that was made a seed.

use super::condition::require;
use super::standing::Verdict;
use super::{Expectation, operation};
use crate::landscape::observed::Observed;

pub(super) fn evaluate(object: Observed<'_>, _: &Expectation) -> Verdict {
    let mut verdict = Verdict::default();
    operation::judge_generation(object, &mut verdict);
    require(object, &["ShootReconciled", "SeedRegistered"], &mut verdict);
    verdict
}
