//! A landscape, gone through once: its units in the order of what they depend on, and units that are gone from it.

use std::collections::BTreeSet;

use common::graph::{GraphError, order};
use common::kube::{Error, Propagation};

use super::desired::{Desired, DesiredUnit};
use super::inventory::Inventory;
use super::parts::store;
use super::pass::{graph, pass};
use super::session::{Claims, Clusters, Session};
use super::status::{Reason, UnitStatus};
use super::unit::{Emptiness, Owner, Unit};
use crate::api::{Cluster, Landscape};
use crate::landscape::upgrade::Vector;

/// What a round goes through.
#[derive(Debug)]
pub struct Round<'a> {
    /// The landscape's file.
    pub landscape: &'a Landscape,
    /// What its revision wants.
    pub desired: &'a Desired,
    /// Where it goes.
    pub clusters: &'a Clusters,
    /// The revision.
    pub revision: Option<String>,
    /// The versions that it shall have.
    pub versions: Option<&'a Vector>,
    /// Only these units and nothing else, if any are named.
    pub only: &'a [String],
}

impl Round<'_> {
    /// Goes through all units once. A unit that fails keeps those that depend on it, and nobody else.
    pub async fn go(&self) -> Result<Vec<UnitStatus>, GraphError> {
        let units = &self.desired.units;
        let names: Vec<_> = units.iter().map(|unit| unit.unit.owner.unit.clone()).collect();
        let needs: Vec<_> = units.iter().map(|unit| unit.depends_on.clone()).collect();
        let mut statuses: Vec<UnitStatus> = Vec::with_capacity(units.len());
        for index in order(&names, &needs)? {
            let Some(unit) = units
                .get(index)
                .filter(|unit| self.is_meant(&unit.unit.owner.unit))
            else {
                continue;
            };
            let status = match self.missing_dependency(unit, &statuses) {
                Some(status) => status,
                None => self.unit(unit).await,
            };
            statuses.push(status);
        }
        if self.only.is_empty() {
            statuses.extend(self.departed().await);
        }
        Ok(statuses)
    }

    fn is_meant(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    fn missing_dependency(&self, unit: &DesiredUnit, done: &[UnitStatus]) -> Option<UnitStatus> {
        let is_open = |name: &&String| {
            self.is_meant(name)
                && !done
                    .iter()
                    .any(|status| status.name == **name && status.is_ready())
        };
        let open = unit.depends_on.iter().find(is_open)?;
        let message = format!("it waits for the unit {open}");
        Some(UnitStatus::new(
            &unit.unit.owner.unit,
            Reason::DependencyNotReady,
            message,
        ))
    }

    async fn unit(&self, unit: &DesiredUnit) -> UnitStatus {
        let name = &unit.unit.owner.unit;
        if unit.is_suspended {
            return UnitStatus::new(name, Reason::Suspended, "it is suspended");
        }
        let manifests = match &unit.manifests {
            Ok(manifests) => manifests,
            Err(error) => return UnitStatus::failed_to_build(name, error),
        };
        let claims = &self.desired.claims;
        let Some(session) = Session::new(&unit.unit, unit.cluster, self.clusters, claims) else {
            return UnitStatus::new(
                name,
                Reason::DependencyNotReady,
                "the virtual garden cannot be reached yet",
            );
        };
        let mut session = session;
        session.revision.clone_from(&self.revision);
        session.versions = self.versions;
        if let Err(error) = session.look_around(manifests).await {
            return UnitStatus::failed(name, &[error.into()], Vec::new());
        }
        match graph(manifests, &unit.unit) {
            Ok(graph) => UnitStatus::of(name, pass(&graph, &session).await),
            Err(error) => UnitStatus::new(name, Reason::BuildFailed, error.to_string()),
        }
    }

    /// Units that have an inventory and no place in the landscape any more: their objects go, or to other units.
    async fn departed(&self) -> Vec<UnitStatus> {
        let metadata = &self.landscape.metadata;
        let selector = Owner {
            namespace: metadata.namespace.clone(),
            landscape: metadata.name.clone(),
            unit: String::new(),
        }
        .landscape_selector();
        let runtime = &self.clusters.runtime;
        let found = match store::list(runtime, &metadata.namespace, &selector).await {
            Ok(found) => found,
            Err(error) => return vec![UnitStatus::failed("", &[error.into()], Vec::new())],
        };
        let owners: BTreeSet<_> = found.iter().filter_map(Owner::of).collect();
        let mut statuses = Vec::new();
        for owner in owners.into_iter().filter(|owner| !self.has(owner)) {
            statuses.push(self.dissolve(owner).await);
        }
        statuses
    }

    fn has(&self, owner: &Owner) -> bool {
        self.desired.units.iter().any(|unit| unit.unit.owner == *owner)
    }

    async fn dissolve(&self, owner: Owner) -> UnitStatus {
        let name = owner.unit.clone();
        let inventory = match store::load(&self.clusters.runtime, &owner).await {
            Ok(Some(inventory)) => inventory,
            Ok(None) => return UnitStatus::new(&name, Reason::ReconciliationSucceeded, "it is gone"),
            Err(error) => return UnitStatus::failed(&name, &[error], Vec::new()),
        };
        let Inventory {
            owner: _,
            cluster,
            pruning,
            revision: _,
            entries: _,
        } = &inventory;
        let unit = Unit {
            pruning: *pruning,
            emptiness: Emptiness::Consented,
            ..Unit::of(owner.clone())
        };
        let status = self.empty(&unit, *cluster, &self.desired.claims).await;
        if !status.is_ready() {
            return status;
        }
        match self.forget(&owner).await {
            Ok(()) => status,
            Err(error) => UnitStatus::failed(&name, &[error.into()], status.applied),
        }
    }

    async fn empty(&self, unit: &Unit, cluster: Cluster, claims: &Claims) -> UnitStatus {
        let name = &unit.owner.unit;
        let Some(session) = Session::new(unit, cluster, self.clusters, claims) else {
            let message = "the virtual garden cannot be reached yet";
            return UnitStatus::new(name, Reason::DependencyNotReady, message);
        };
        match graph(&[], unit) {
            Ok(graph) => UnitStatus::of(name, pass(&graph, &session).await),
            Err(error) => UnitStatus::new(name, Reason::BuildFailed, error.to_string()),
        }
    }

    async fn forget(&self, owner: &Owner) -> Result<(), Error> {
        let runtime = &self.clusters.runtime;
        for part in store::list(runtime, &owner.namespace, &owner.selector()).await? {
            if let Ok(id) = common::kube::ObjectId::of(&part) {
                runtime.delete(&id, Propagation::Background, None).await?;
            }
        }
        Ok(())
    }
}
