//! What a Gardener landscape is worth: its objects judged as Gardener means them, and all of them together. Pure:
//! computed from observed objects, no IO, no clock.
//!
//! No single field of a Gardener object proves anything. The operator moves `observedGeneration` and
//! `status.gardener.version` when it *begins*, and leaves the last `Succeeded` in place until then; only the
//! conjunction counts.

pub mod change;
pub mod guard;
pub mod health;
pub mod ignores;
mod observed;
pub mod order;
mod rollup;
pub mod upgrade;
mod version;

pub use rollup::{Finding, Rollup, ShootPolicy};
pub use version::{ParseVersionError, Version};
