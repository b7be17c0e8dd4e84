//! What the parts of one pass over a unit share: connections, what others claim, and what was seen so far.

use std::collections::HashMap;
use std::sync::Arc;

use common::kube::{Connection, ObjectId};
use parking_lot::Mutex;
use serde_json::Value;

use super::inventory::Inventory;
use super::unit::{Owner, Unit};
use crate::api::Cluster;

/// Which units want which objects, by the same revision.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    claims: HashMap<Key, Vec<Owner>>,
}

/// An object of a cluster, whichever version of its group.
type Key = (Cluster, String, String, Option<String>, String);

fn key(cluster: Cluster, id: &ObjectId) -> Key {
    let ObjectId {
        api_version: _,
        kind,
        namespace,
        name,
    } = id;
    (
        cluster,
        id.group().to_owned(),
        kind.clone(),
        namespace.clone(),
        name.clone(),
    )
}

impl Claims {
    /// Adds what a unit wants.
    pub fn add<'a>(
        &mut self,
        cluster: Cluster,
        owner: &Owner,
        objects: impl IntoIterator<Item = &'a ObjectId>,
    ) {
        for id in objects {
            let owners = self.claims.entry(key(cluster, id)).or_default();
            if !owners.contains(owner) {
                owners.push(owner.clone());
            }
        }
    }

    /// Another unit that wants the object.
    pub fn other(&self, cluster: Cluster, owner: &Owner, id: &ObjectId) -> Option<&Owner> {
        let owners = self.claims.get(&key(cluster, id))?;
        owners.iter().find(|other| *other != owner)
    }
}

/// What the parts tell each other.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The inventory as it is stored.
    pub(super) stored: Option<Inventory>,
    /// Wanted objects that exist.
    pub(super) wanted: HashMap<ObjectId, Arc<Value>>,
    /// Objects of the inventory that are wanted no more and not gone yet.
    pub(super) leftover: Vec<super::inventory::Entry>,
}

/// One pass over a unit.
pub struct Session<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// Which cluster its objects belong to.
    pub cluster: Cluster,
    /// The runtime cluster, where the inventory is.
    pub home: Connection,
    /// Where the objects belong.
    pub target: Connection,
    /// What its siblings want.
    pub claims: &'a Claims,
    /// The revision that is applied.
    pub revision: Option<String>,
    pub(super) known: Mutex<Known>,
}

impl<'a> Session<'a> {
    /// A pass in which nothing was seen yet.
    pub fn new(
        unit: &'a Unit,
        cluster: Cluster,
        (home, target): (Connection, Connection),
        claims: &'a Claims,
        revision: Option<String>,
    ) -> Self {
        Self {
            unit,
            cluster,
            home,
            target,
            claims,
            revision,
            known: Mutex::new(Known::default()),
        }
    }
}
