//! Is an object of a unit well? Gardener's kinds by Gardener's rules, all others by those of kstatus.

use common::kube::health::{self, Health};
use serde_json::Value;

use crate::landscape::health::{Expectation, Standing, evaluate};

/// Judges a live object; the text says what is missing or wrong.
pub(super) fn assess(object: &Value) -> Health {
    match evaluate(object, &Expectation::default()) {
        None => health::assess(object).health,
        Some(verdict) => {
            let words: Vec<_> = verdict
                .reasons
                .iter()
                .map(|reason| reason.message.as_str())
                .collect();
            let message = words.join("; ");
            match verdict.standing() {
                Standing::Healthy => Health::Healthy,
                Standing::Progressing | Standing::Unknown => Health::Progressing { message },
                Standing::Degraded => Health::Unhealthy { message },
            }
        }
    }
}
