//! Controllers: each follows kinds through the API, decides by pure functions, and writes what it owns.
//!
//! Every status write carries the `resourceVersion` of the copy that was decided upon; after a conflict the
//! object is read again and decided anew, so that no controller reverts what another wrote.

pub mod application;
pub mod cluster;
pub mod garbage;
mod recorder;
pub mod scheduler;

use std::sync::Arc;

use common::reconcile::ReconcileMetrics;

use crate::api::Timestamp;
use crate::client::{Caches, Client};

/// What every controller is given.
#[derive(Clone)]
pub struct ControllerContext {
    /// The API, with the controller's own identity.
    pub client: Client,
    /// Kinds in memory, shared by the controllers of the process.
    pub caches: Caches,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Where the figures of its queues are kept.
    pub metrics: ReconcileMetrics,
}
