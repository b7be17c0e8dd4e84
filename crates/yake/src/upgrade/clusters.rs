//! A landscape on real clusters.

use common::kube::{ApplyOptions, Connection};
use serde_json::Value;

use super::error::UpgradeError;
use super::world::Landscape;
use crate::landscape::upgrade::Write;
use crate::observe;

/// Under which versions are owned. What is applied from Git is owned under another name: a manager that applies only
/// a version would give up all else that it owns.
pub const FIELD_MANAGER: &str = "yake-upgrade";

/// A runtime cluster and its virtual garden.
#[derive(Debug)]
pub struct Clusters {
    /// Where the operator runs.
    pub runtime: Connection,
    /// Where gardenlets, seeds and shoots are.
    pub garden: Option<Connection>,
}

impl Landscape for Clusters {
    async fn observe(&self) -> Result<Vec<Value>, UpgradeError> {
        let observation = observe::landscape(&self.runtime, self.garden.as_ref()).await?;
        Ok(observation.objects)
    }

    async fn write(&self, write: &Write) -> Result<(), UpgradeError> {
        let options = ApplyOptions::new(FIELD_MANAGER);
        match write {
            Write::Runtime(object) => self.runtime.apply(object, &options).await?,
            Write::Virtual(object) => {
                let garden = self.garden.as_ref().ok_or(UpgradeError::NoVirtualGarden)?;
                garden.apply(object, &options).await?
            }
        };
        Ok(())
    }
}
