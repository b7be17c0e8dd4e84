//! A landscape, gone through once: its units in the order of what they depend on, and units that are gone from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use common::graph::{Component, Graph, GraphError, order};
use common::kube::{Error, Propagation};
use serde::Serialize;

use super::desired::{Desired, DesiredUnit};
use super::difference::ObjectDifference;
use super::inventory::Inventory;
use super::parts::{Observed, Part, store};
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
        match self.ready_to_go(unit).await {
            Ok((graph, session)) => UnitStatus::of(name, pass(&graph, &session).await),
            Err(status) => status,
        }
    }

    /// A unit's graph, and a session in which nothing was done yet.
    async fn ready_to_go<'a>(
        &'a self,
        unit: &'a DesiredUnit,
    ) -> Result<(Graph<Part<'a>>, Session<'a>), UnitStatus> {
        let name = &unit.unit.owner.unit;
        let manifests = unit
            .manifests
            .as_ref()
            .map_err(|error| UnitStatus::failed_to_build(name, error))?;
        let claims = &self.desired.claims;
        let session = Session::new(&unit.unit, unit.cluster, self.clusters, claims);
        let mut session = session.ok_or_else(|| UnitStatus::without_garden(name))?;
        session.revision.clone_from(&self.revision);
        session.versions = self.versions;
        let looked = session.look_around(manifests).await;
        looked.map_err(|error| UnitStatus::failed(name, &[error.into()], Vec::new()))?;
        let graph = graph(manifests, &unit.unit, &self.desired.brought(unit.cluster))
            .map_err(|error| UnitStatus::new(name, Reason::BuildFailed, error.to_string()))?;
        Ok((graph, session))
    }

    /// What [`Round::go`] would change, unit by unit; nothing is written.
    pub async fn preview(&self) -> Vec<UnitDifference> {
        let mut differences = Vec::new();
        for unit in self
            .desired
            .units
            .iter()
            .filter(|unit| self.is_meant(&unit.unit.owner.unit))
        {
            differences.push(self.preview_unit(unit).await);
        }
        differences
    }

    async fn preview_unit(&self, unit: &DesiredUnit) -> UnitDifference {
        let mut difference = UnitDifference {
            unit: unit.unit.owner.unit.clone(),
            objects: Vec::new(),
            errors: Vec::new(),
        };
        if unit.is_suspended {
            return difference;
        }
        let (graph, session) = match self.ready_to_go(unit).await {
            Ok(ready) => ready,
            Err(status) => {
                difference.errors.push(status.message);
                return difference;
            }
        };
        for part in graph.components() {
            match part.observe(&session).await {
                Ok(observed) => difference.add(part, &observed),
                Err(errors) => difference.errors.extend(errors.iter().map(ToString::to_string)),
            }
        }
        difference
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
            return UnitStatus::without_garden(name);
        };
        match graph(&[], unit, &Arc::default()) {
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

/// What would change of a unit.
#[derive(Debug, Serialize)]
pub struct UnitDifference {
    /// The unit.
    pub unit: String,
    /// Objects that would change.
    pub objects: Vec<ObjectDifference>,
    /// Why not all can be said.
    pub errors: Vec<String>,
}

impl UnitDifference {
    fn add(&mut self, part: &Part<'_>, observed: &Observed) {
        let pending = part.pending(observed);
        self.objects
            .extend(pending.iter().map(ObjectDifference::of_application));
        for difference in part.diff(observed) {
            self.objects
                .extend(ObjectDifference::of(&difference.change, &difference.permission));
        }
    }
}
