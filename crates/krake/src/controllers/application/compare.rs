//! What has to be done so that a live object is as wanted. Pure.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::Value;

use super::wanted::Wanted;
use crate::manifest::{differing_lists, differing_members, project};

/// What was applied last, and how the cluster answered. A cluster may normalise values (quantities, defaults),
/// so what counts as in line is what came of the last apply, not only what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settled {
    applied: u64,
    answered: u64,
}

impl Settled {
    /// After an apply of `wanted` that the cluster answered with `live`.
    pub(super) fn new(wanted: &Wanted, live: &Value) -> Self {
        Self::of(&wanted.object, &project(&wanted.schema, live))
    }

    /// From an object and what is observed of it.
    pub(super) fn of(object: &Value, observed: &Value) -> Self {
        Self {
            applied: digest(object),
            answered: digest(observed),
        }
    }
}

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    /// Nothing.
    Nothing,
    /// It is not there, or without the label.
    Create,
    /// The specification changed.
    Update {
        /// JSON pointers of lists that have to be replaced as a whole.
        lists: Vec<String>,
    },
    /// Somebody changed what is observed.
    Repair {
        /// JSON pointers of lists that have to be replaced as a whole.
        lists: Vec<String>,
        /// What differs.
        members: Vec<String>,
    },
}

/// Decides what has to be done. `settled` is what is remembered of the last apply to this cluster.
pub(super) fn deed(wanted: &Wanted, live: Option<&Value>, settled: Option<Settled>) -> Deed {
    let Some(live) = live else {
        return Deed::Create;
    };
    let observed = project(&wanted.schema, live);
    let lists = || differing_lists(&wanted.object, &wanted.schema, &observed);
    match settled {
        Some(settled) if settled.applied == digest(&wanted.object) => {
            if settled.answered == digest(&observed) {
                return Deed::Nothing;
            }
            let members = differing_members(&wanted.object, &wanted.schema, &observed);
            if members.is_empty() {
                Deed::Nothing
            } else {
                let lists = lists();
                Deed::Repair { lists, members }
            }
        }
        Some(_) | None => Deed::Update { lists: lists() },
    }
}

/// Objects are ordered as their manifests are, so equal content means equal text.
fn digest(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.to_string().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
