//! Inventories in the runtime cluster.

use common::kube::{ApplyOptions, Connection, Error, Failure, ObjectId, Propagation, Resource, Scope};
use serde_json::{Value, json};

use super::super::error::SyncError;
use super::super::inventory::{self, Inventory};
use super::super::unit::Owner;
use crate::api::names;

/// Reads a unit's inventory; none if there is none (or no such namespace yet).
pub async fn load(home: &Connection, owner: &Owner) -> Result<Option<Inventory>, SyncError> {
    let parts = list(home, &owner.namespace, &owner.selector()).await?;
    Ok(inventory::read(&parts)?)
}

pub(in crate::sync) async fn list(
    home: &Connection,
    namespace: &str,
    selector: &str,
) -> Result<Vec<Value>, Error> {
    let selector = format!("{selector},{}=true", names::INVENTORY);
    let resource = Resource::new("v1", "ConfigMap", "configmaps", Scope::Namespaced);
    home.list(&resource, Some(namespace), Some(&selector)).await
}

/// Writes an inventory, and removes parts that it no longer has. The namespace is made if there is none.
pub(super) async fn save(home: &Connection, inventory: &Inventory) -> Result<(), SyncError> {
    let options = ApplyOptions::new(names::FIELD_MANAGER);
    let parts = inventory::write(inventory);
    for part in parts.iter().rev() {
        match home.apply(part, &options).await {
            Err(error) if is_without_namespace(&error) => {
                let namespace = json!({"apiVersion": "v1", "kind": "Namespace",
                    "metadata": {"name": inventory.owner.namespace}});
                home.apply(&namespace, &options).await?;
                home.apply(part, &options).await?;
            }
            applied => {
                applied?;
            }
        }
    }
    let names: Vec<_> = parts.iter().filter_map(|part| ObjectId::of(part).ok()).collect();
    let stored = list(home, &inventory.owner.namespace, &inventory.owner.selector()).await?;
    for id in stored.iter().filter_map(|part| ObjectId::of(part).ok()) {
        if !names.contains(&id) {
            home.delete(&id, Propagation::Background, None).await?;
        }
    }
    Ok(())
}

fn is_without_namespace(error: &Error) -> bool {
    matches!(&error.failure, Failure::Refused { status: 404, .. })
}
