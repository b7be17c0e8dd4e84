//! Is an object of a landscape well? One file per kind, and a table that names them by group and kind: two
//! different kinds are named `Extension`, and others exist in two groups as well.
//!
//! Generic rules (`Ready`, `observedGeneration`) call each of these objects well the moment it is stored.

mod condition;
mod extension;
mod garden;
mod gardenlet;
mod managed_seed;
mod operation;
mod project;
mod seed;
mod shoot;
mod standing;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use garden::Proof;
pub use standing::{Reason, Standing, Verdict};

use super::Version;
use super::observed::Observed;

/// What is known besides the object itself.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// The version of Gardener that the object shall have reached; `None`: whichever it has.
    pub version: Option<Version>,
    /// What was seen to succeed before, so that the periodic reconciliation of a healthy Garden is no alarm.
    pub proof: Option<Proof>,
}

type Evaluate = fn(Observed<'_>, &Expectation) -> Verdict;

/// A kind that is judged: API group, kind, and how.
const KINDS: [(&str, &str, Evaluate); 7] = [
    ("operator.gardener.cloud", "Garden", garden::evaluate),
    ("operator.gardener.cloud", "Extension", extension::evaluate),
    ("core.gardener.cloud", "Seed", seed::evaluate),
    (
        "seedmanagement.gardener.cloud",
        "ManagedSeed",
        managed_seed::evaluate,
    ),
    ("seedmanagement.gardener.cloud", "Gardenlet", gardenlet::evaluate),
    ("core.gardener.cloud", "Shoot", shoot::evaluate),
    ("core.gardener.cloud", "Project", project::evaluate),
];

/// Judges an object; `None` for kinds that are not Gardener's, which generic rules judge.
pub fn evaluate(object: &Value, expectation: &Expectation) -> Option<Verdict> {
    let observed = Observed::new(object);
    let (group, kind) = (observed.group(), observed.kind());
    let (.., evaluate) = KINDS
        .iter()
        .find(|(of, named, _)| *of == group && *named == kind)?;
    let mut verdict = evaluate(observed, expectation);
    if observed.is_being_deleted() {
        verdict.add(Standing::Progressing, "it is being deleted");
    }
    Some(verdict)
}
