//! What all waves look at.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Mutex;

use super::error::UpgradeError;
use crate::landscape::upgrade::{ClusterState, Plan, Rules, Vector, Write, plan};

/// A landscape that can be looked at and written to.
pub trait Landscape: Send + Sync {
    /// The objects that it is made of.
    fn observe(&self) -> impl Future<Output = Result<Vec<Value>, UpgradeError>> + Send;
    /// Applies the members that are given, and takes them over from whoever has them.
    fn write(&self, write: &Write) -> impl Future<Output = Result<(), UpgradeError>> + Send;
}

/// A landscape, and the versions that it shall have.
#[derive(Debug)]
pub struct World<L> {
    landscape: L,
    vector: Vector,
    rules: Rules,
    seen: Mutex<Option<Arc<Seen>>>,
}

/// What was seen at one moment, and the plan from there.
#[derive(Debug)]
pub struct Seen {
    /// Objects.
    pub objects: Vec<Value>,
    /// The plan.
    pub plan: Plan,
}

impl<L: Landscape> World<L> {
    /// A world that has not been looked at.
    pub fn new(landscape: L, vector: Vector, rules: Rules) -> Self {
        Self {
            landscape,
            vector,
            rules,
            seen: Mutex::new(None),
        }
    }

    /// What is there: all waves of a pass see the same, until something is written.
    pub async fn look(&self) -> Result<Arc<Seen>, UpgradeError> {
        let mut seen = self.seen.lock().await;
        if let Some(seen) = seen.as_ref() {
            return Ok(Arc::clone(seen));
        }
        let objects = self.landscape.observe().await?;
        let plan = plan(&self.vector, &ClusterState::read(&objects), &self.rules);
        let fresh = Arc::new(Seen { objects, plan });
        *seen = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// The next look is a new one.
    pub async fn forget(&self) {
        *self.seen.lock().await = None;
    }

    /// Writes; whatever was seen is old from the moment it begins.
    pub(super) async fn write(&self, write: &Write) -> Result<(), UpgradeError> {
        self.forget().await;
        self.landscape.write(write).await
    }

    /// The landscape.
    pub fn landscape(&self) -> &L {
        &self.landscape
    }
}
