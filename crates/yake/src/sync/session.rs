//! What the parts of one pass over a unit share: connections, what others claim, and what was seen so far.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use common::kube::{Connection, Error, ObjectId};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::inventory::Inventory;
use super::manifest::Manifest;
use super::unit::{Owner, Unit};
use crate::api::{Cluster, Drift};
use crate::landscape::ignores::Surroundings;
use crate::landscape::upgrade::Vector;
use crate::observe;

/// Which units want which objects, by the same revision.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    claims: HashMap<Key, Vec<Owner>>,
    unclear: Vec<(Cluster, Owner)>,
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

    /// Adds a unit of which nobody knows what it wants, because it cannot be built.
    pub fn add_unclear(&mut self, cluster: Cluster, owner: &Owner) {
        self.unclear.push((cluster, owner.clone()));
    }

    /// Another unit that may want anything.
    pub fn unclear(&self, cluster: Cluster, owner: &Owner) -> Option<&Owner> {
        let mut unclear = self.unclear.iter();
        unclear
            .find(|(of, other)| *of == cluster && other != owner)
            .map(|(_, other)| other)
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
    /// All of them are to go to other units: nothing has to happen here.
    pub(super) is_handing_over: bool,
}

/// The clusters of a landscape, as a pass needs them.
#[derive(Debug, Clone)]
pub struct Clusters {
    /// The runtime cluster, where inventories are.
    pub runtime: Connection,
    /// The virtual garden, where it can be reached.
    pub garden: Option<Connection>,
}

impl Clusters {
    /// The cluster that a unit is about.
    pub fn of(&self, cluster: Cluster) -> Option<&Connection> {
        match cluster {
            Cluster::Runtime => Some(&self.runtime),
            Cluster::Virtual => self.garden.as_ref(),
        }
    }
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
    /// What is done about objects that differ from a revision that was applied as a whole before.
    pub drift: Drift,
    /// The versions that the landscape shall have: upgrades move those members.
    pub versions: Option<&'a Vector>,
    clusters: Clusters,
    seeds: BTreeSet<String>,
    others: OnceCell<Vec<Value>>,
    pub(super) known: Mutex<Known>,
}

impl<'a> Session<'a> {
    /// A pass in which nothing was seen yet; none if the unit's cluster cannot be reached.
    pub fn new(unit: &'a Unit, cluster: Cluster, clusters: &Clusters, claims: &'a Claims) -> Option<Self> {
        Some(Self {
            unit,
            cluster,
            home: clusters.runtime.clone(),
            target: clusters.of(cluster)?.clone(),
            claims,
            revision: None,
            drift: Drift::Correct,
            versions: None,
            clusters: clusters.clone(),
            seeds: BTreeSet::new(),
            others: OnceCell::new(),
            known: Mutex::new(Known::default()),
        })
    }

    /// Looks which seeds exist, where the unit has gardenlets.
    pub async fn look_around(&mut self, manifests: &[Manifest]) -> Result<(), Error> {
        let is_gardenlet = |manifest: &&Manifest| manifest.id.kind == "Gardenlet";
        if let Some(gardenlet) = manifests.iter().find(is_gardenlet)
            && gardenlet.id.group() == "seedmanagement.gardener.cloud"
        {
            self.seeds = observe::seeds(&self.target).await?;
        }
        Ok(())
    }

    /// What is done about differences: as long as a revision has not been applied as a whole, they are no drift.
    pub(super) fn tolerance(&self) -> Drift {
        let applied = self
            .known
            .lock()
            .stored
            .as_ref()
            .and_then(|stored| stored.revision.clone());
        if applied.is_some() && applied == self.revision {
            self.drift
        } else {
            Drift::Correct
        }
    }

    pub(super) fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            seeds: &self.seeds,
            versions: self.versions,
        }
    }

    /// The objects of the landscape, read once in a pass when something hangs on them.
    pub(super) async fn others(&self) -> Result<&[Value], Error> {
        let read = async || {
            let Clusters { runtime, garden } = &self.clusters;
            let observation = observe::landscape(runtime, garden.as_ref()).await?;
            Ok::<_, Error>(observation.objects)
        };
        self.others.get_or_try_init(read).await.map(Vec::as_slice)
    }
}
