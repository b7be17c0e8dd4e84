//! Upgrades of Gardener: what Git wants, what is there, and the rules between them become a plan of waves, or
//! refusals with the rule that forbids. Pure and without memory: the same cluster and the same Git give the same
//! plan, so that an interrupted upgrade goes on where it was.
//!
//! Rules: Gardener's version skew policy and its guide to upgrades, `docs/deployment/version_skew_policy.md` and
//! `docs/operations/upgrade-gardener.md` of gardener/gardener.

mod plan;
mod refusal;
mod rules;
mod state;
#[cfg(test)]
mod tests;
mod vector;
mod wave;
mod write;

pub use plan::{Plan, Stage, StageTarget, plan};
pub use refusal::{Refusal, Rule};
pub use rules::Rules;
pub use state::{ClusterState, ExtensionState, GardenState, SeedState, ShootState};
pub use vector::{Pin, Vector};
pub use wave::{Change, Gate, Target, Wave, WaveKind};
pub use write::{Unwritable, Write, write};
