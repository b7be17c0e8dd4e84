//! **Stand-ins.** Gardener's own components cannot be had from package registries. All that stands in for them is
//! in this folder:
//!
//! - [`install`]: its aggregated kinds, as definitions of the same group, version, kind, scope and subresources that
//!   accept any content. The kinds of the operator are real where the folder of `ALASCA_CONFORMANCE_DATA` has them.
//! - [`admission`]: what its API server and its webhooks refuse, as admission policies.
//! - [`Double`]: its controllers, which play the protocol of statuses in the order in which the real ones report.
//! - [`report`]: an object with a status that the test writes itself.
//!
//! What is played is what Gardener's documentation and its API say; nothing here proves that the real one does it.

#![expect(
    clippy::indexing_slicing,
    reason = "members of JSON objects that are made here; a panic fails the test that it belongs to"
)]

pub mod admission;
mod definitions;
mod double;
mod objects;
mod play;
mod script;

pub use definitions::install;
pub use double::Double;
pub use objects::{extension, garden, gardenlet, managed_seed, operator, project, shoot, truths};
pub use script::{ExtensionPlay, GardenPlay, Script, ShootPlay};

use anyhow::{Context as _, Result};
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};

/// Creates an object, and writes its status as its controller would. `observedGeneration` becomes the real one.
pub async fn report(client: &Client, object: &Value) -> Result<()> {
    let (api, name) = api_of(client, object)?;
    if api.get_opt(&name).await?.is_none() {
        let new = serde_json::from_value(object.clone())?;
        api.create(&PostParams::default(), &new).await?;
    }
    if let Some(status) = object.get("status") {
        let mut status = status.clone();
        let stored = api.get(&name).await?;
        if let Some(observed) = status.get_mut("observedGeneration") {
            *observed = json!(stored.metadata.generation);
        }
        let patch = Patch::Merge(json!({"status": status}));
        api.patch_status(&name, &PatchParams::default(), &patch).await?;
    }
    Ok(())
}

/// Where an object of Gardener's kinds, or of a few others, lives.
fn api_of(client: &Client, object: &Value) -> Result<(Api<DynamicObject>, String)> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let api_version = text("/apiVersion").context("no apiVersion")?;
    let resource = definitions::resource(api_version, text("/kind").context("no kind")?)?;
    let name = text("/metadata/name").context("no name")?.to_owned();
    let api = match text("/metadata/namespace") {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    Ok((api, name))
}
