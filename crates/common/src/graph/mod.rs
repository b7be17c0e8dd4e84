//! A desired state as a graph of components: what needs what, what differs from the world, and bringing the world
//! into line. Knows nothing of what a component is about.
//!
//! A component observes itself, says without IO what has to change, does one change, and tells whether it is ready.
//! [`reconcile()`] is one level-triggered pass for controllers: it looks at everything before it writes anything, goes
//! on wherever nothing is in the way, and says of each component what it did or what it waits for. It keeps nothing
//! between passes: whoever is killed and starts again comes to the same end.
//!
//! Retries and times live in the caller's queue. [`trial`] holds the tests that every graph of every tool goes
//! through.

mod component;
mod error;
mod order;
mod pass;
mod reconcile;
pub mod trial;

pub use component::{Component, Difference, Disruption, Permission, Readiness, Settled};
pub use error::GraphError;
pub use order::{Graph, order};
pub use pass::{Pass, Report, State, Withheld};
pub use reconcile::{Planned, Preview, preview, reconcile};

#[cfg(test)]
mod tests;
