//! Performs upgrades of Gardener: what [`landscape::upgrade`](crate::landscape::upgrade) plans is a graph of waves, each
//! of which needs the one before. A pass looks at the landscape, makes the changes of the wave under way, and says what
//! the next one waits for.
//!
//! Nothing is kept between passes but what the clusters keep: whoever is killed and starts again goes on where the
//! landscape is. Only versions are written, under a field manager of its own ([`FIELD_MANAGER`]).

mod clusters;
mod error;
mod run;
#[cfg(test)]
mod tests;
mod wave;
mod world;

pub use clusters::{Clusters, FIELD_MANAGER};
pub use error::UpgradeError;
pub use run::{Limits, News, Stop, run};
pub use wave::UpgradeWave;
pub use world::{Landscape, World};
