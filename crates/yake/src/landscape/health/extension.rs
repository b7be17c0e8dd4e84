//! `Extension` of the operator: what teaches Gardener a provider, a network, a kind of DNS.

use super::condition::require;
use super::standing::Verdict;
use super::{Expectation, operation};
use crate::landscape::observed::Observed;

/// Facts, no health: whether somebody needs the extension at the moment.
const FACTS: [&str; 2] = ["RequiredRuntime", "RequiredVirtual"];
const INSTALLED: &str = "Installed";

pub(super) fn evaluate(object: Observed<'_>, _: &Expectation) -> Verdict {
    let mut verdict = Verdict::default();
    operation::judge_generation(object, &mut verdict);
    require(object, &[INSTALLED], &mut verdict);
    let others = object
        .conditions()
        .filter(|condition| condition.kind != INSTALLED && !FACTS.contains(&condition.kind));
    for condition in others {
        condition.judge(&mut verdict);
    }
    verdict
}
