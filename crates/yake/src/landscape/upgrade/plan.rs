//! The plan: stages of one minor each, waves within, and where it stands.

use serde::Serialize;

use super::refusal::{Refusal, Rule};
use super::rules::Rules;
use super::state::ClusterState;
use super::vector::Vector;
use super::wave::{self, Change, Gate, Wave};
use crate::landscape::Version;

/// How the landscape gets to the versions that Git wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Rules that forbid it. Nothing is written while there is one.
    pub refusals: Vec<Refusal>,
    /// What is allowed and unwise.
    pub warnings: Vec<String>,
    /// Why the first write has to wait, although no rule forbids it.
    pub waiting: Vec<String>,
    /// The minors on the way. More than one only where a minor would be skipped.
    pub stages: Vec<Stage>,
}

/// A minor on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Where it leads.
    pub target: StageTarget,
    /// Its waves; empty for a stage that is not next.
    pub waves: Vec<Wave>,
}

/// Where a stage leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StageTarget {
    /// The version that Git wants.
    Exact(String),
    /// The newest patch of a minor that must not be skipped.
    NewestPatchOf(String),
}

/// Plans the way from `state` to `vector`.
pub fn plan(vector: &Vector, state: &ClusterState, rules: &Rules) -> Plan {
    let refusals = rules.refuse(vector, state);
    let skips = refusals.iter().any(|refusal| refusal.rule == Rule::SkipMinor);
    let stages = if skips {
        stages(vector, state)
    } else {
        vec![stage(vector, state)]
    };
    Plan {
        warnings: rules.warn(state),
        waiting: waiting(vector, state),
        refusals,
        stages,
    }
}

impl Plan {
    /// The wave that is under way: the first whose gate is closed. `None` when all is done.
    pub fn current(&self) -> Option<&Wave> {
        let waves = self.stages.iter().flat_map(|stage| &stage.waves);
        waves.into_iter().find(|wave| wave.gate != Gate::Open)
    }

    /// What may be written now: the changes of the wave under way, and none of a later one.
    pub fn writes(&self) -> &[Change] {
        let is_free = self.refusals.is_empty() && self.waiting.is_empty();
        self.current()
            .filter(|_| is_free)
            .map_or(&[], |wave| &wave.changes)
    }
}

/// Before the first write of a new minor the former one has to be finished: a Garden that is proven, and no shoot
/// behind.
fn waiting(vector: &Vector, state: &ClusterState) -> Vec<String> {
    let has_begun = state.operator.as_ref() == Some(&vector.gardener);
    let (false, Some(now)) = (has_begun, state.gardener()) else {
        return Vec::new();
    };
    let mut reasons = state
        .garden
        .iter()
        .flat_map(|garden| wave::words("the Garden", &garden.verdict))
        .collect::<Vec<_>>();
    for (name, seed) in &state.seeds {
        reasons.extend(wave::words(&format!("seed {name}"), &seed.verdict));
    }
    if vector.gardener.minors_ahead_of(now) != Some(0) {
        reasons.extend(wave::lagging(now, vector, state));
    }
    reasons
}

fn stage(vector: &Vector, state: &ClusterState) -> Stage {
    Stage {
        target: StageTarget::Exact(vector.gardener.to_string()),
        waves: wave::all(vector, state),
    }
}

fn stages(vector: &Vector, state: &ClusterState) -> Vec<Stage> {
    let first = state
        .gardener()
        .map_or(vector.gardener.minor, |now| now.minor + 1);
    let between = (first..vector.gardener.minor).map(|minor| Stage {
        target: StageTarget::NewestPatchOf(format!("{}.{minor}", vector.gardener.major)),
        waves: Vec::new(),
    });
    let last = Stage {
        target: StageTarget::Exact(vector.gardener.to_string()),
        waves: Vec::new(),
    };
    between.chain([last]).collect()
}

impl ClusterState {
    /// The version of Gardener that is in force: the Garden's or the operator's, whichever is newer. An operator
    /// that has begun nothing yet may still refuse to go back.
    pub fn gardener(&self) -> Option<&Version> {
        let of_garden = self.garden.as_ref().and_then(|garden| garden.version.as_ref());
        of_garden.max(self.operator.as_ref())
    }
}
