//! A landscape, gone through once: its units in the order of what they depend on, and units that are gone from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use common::graph::{Component, Graph, GraphError, order};
use common::kube::{Error, Propagation};
use serde::Serialize;

use super::desired::{Desired, DesiredUnit};
use super::difference::ObjectDifference;
use super::error::SyncError;
use super::inventory::Inventory;
use super::parts::{Observed, Part, store};
use super::pass::{graph, pass};
use super::session::{Clusters, Session};
use super::status::{Reason, UnitStatus};
use super::unit::{Emptiness, Owner, Unit};
use crate::api::{Cluster, Landscape};
use crate::landscape::upgrade::Vector;

/// Why a round is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Somebody asked for it.
    Asked,
    /// The landscape is kept: what is done about drift is as its units say.
    Keeping,
}

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
    /// What each pass is: one that was asked for puts right whatever differs.
    pub occasion: Occasion,
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
        statuses.extend(self.dissolve_departed().await);
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
                    .any(|status| status.name == **name && (status.is_ready() || status.is_handing_over))
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
            Ok((graph, session)) => UnitStatus::of(name, pass(&graph, &session).await, &session),
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
        if self.occasion == Occasion::Keeping {
            session.drift = unit.unit.drift;
        }
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
        match self.departed().await {
            Ok(departed) => {
                for owner in departed {
                    differences.push(self.preview_departed(owner).await);
                }
            }
            Err(error) => differences.push(UnitDifference::of_nothing("", Some(error.to_string()))),
        }
        differences
    }

    async fn preview_unit(&self, unit: &DesiredUnit) -> UnitDifference {
        let name = &unit.unit.owner.unit;
        if unit.is_suspended {
            return UnitDifference::of_nothing(name, None);
        }
        match self.ready_to_go(unit).await {
            Ok((graph, session)) => UnitDifference::of(name, &graph, &session).await,
            Err(status) => UnitDifference::of_nothing(name, Some(status.message)),
        }
    }

    async fn preview_departed(&self, owner: Owner) -> UnitDifference {
        let name = owner.unit.clone();
        let departed = match self.last_of(owner).await {
            Ok(Some(departed)) => departed,
            Ok(None) => return UnitDifference::of_nothing(&name, None),
            Err(error) => return UnitDifference::of_nothing(&name, Some(error.to_string())),
        };
        match self.ready_to_empty(&departed.0, departed.1) {
            Ok((graph, session)) => UnitDifference::of(&name, &graph, &session).await,
            Err(status) => UnitDifference::of_nothing(&name, Some(status.message)),
        }
    }

    /// Units that have an inventory and no place in the landscape any more: their objects go, or to other units.
    async fn departed(&self) -> Result<BTreeSet<Owner>, Error> {
        if !self.only.is_empty() || self.landscape.spec.suspend {
            return Ok(BTreeSet::new());
        }
        let metadata = &self.landscape.metadata;
        let selector = Owner {
            namespace: metadata.namespace.clone(),
            landscape: metadata.name.clone(),
            unit: String::new(),
        }
        .landscape_selector();
        let found = store::list(&self.clusters.runtime, &metadata.namespace, &selector).await?;
        let owners = found.iter().filter_map(Owner::of);
        Ok(owners.filter(|owner| !self.has(owner)).collect())
    }

    fn has(&self, owner: &Owner) -> bool {
        self.desired.units.iter().any(|unit| unit.unit.owner == *owner)
    }

    async fn dissolve_departed(&self) -> Vec<UnitStatus> {
        let departed = match self.departed().await {
            Ok(departed) => departed,
            Err(error) => return vec![UnitStatus::failed("", &[error.into()], Vec::new())],
        };
        let mut statuses = Vec::with_capacity(departed.len());
        for owner in departed {
            statuses.push(self.dissolve(owner).await);
        }
        statuses
    }

    async fn dissolve(&self, owner: Owner) -> UnitStatus {
        let name = owner.unit.clone();
        let (unit, cluster) = match self.last_of(owner).await {
            Ok(Some(departed)) => departed,
            Ok(None) => return UnitStatus::new(&name, Reason::ReconciliationSucceeded, "it is gone"),
            Err(error) => return UnitStatus::failed(&name, &[error], Vec::new()),
        };
        let status = match self.ready_to_empty(&unit, cluster) {
            Ok((graph, session)) => UnitStatus::of(&name, pass(&graph, &session).await, &session),
            Err(status) => *status,
        };
        if !status.is_ready() {
            return status;
        }
        match self.forget(&unit.owner).await {
            Ok(()) => status,
            Err(error) => UnitStatus::failed(&name, &[error.into()], status.applied),
        }
    }

    /// A unit that is gone, by its inventory.
    async fn last_of(&self, owner: Owner) -> Result<Option<(Unit, Cluster)>, SyncError> {
        let Some(inventory) = store::load(&self.clusters.runtime, &owner).await? else {
            return Ok(None);
        };
        let Inventory {
            owner: _,
            cluster,
            pruning,
            revision: _,
            entries: _,
        } = inventory;
        let unit = Unit {
            pruning,
            emptiness: Emptiness::Consented,
            ..Unit::of(owner)
        };
        Ok(Some((unit, cluster)))
    }

    fn ready_to_empty<'a>(
        &'a self,
        unit: &'a Unit,
        cluster: Cluster,
    ) -> Result<(Graph<Part<'a>>, Session<'a>), Box<UnitStatus>> {
        let name = &unit.owner.unit;
        let session = Session::new(unit, cluster, self.clusters, &self.desired.claims);
        let session = session.ok_or_else(|| Box::new(UnitStatus::without_garden(name)))?;
        let graph = graph(&[], unit, &Arc::default())
            .map_err(|error| UnitStatus::new(name, Reason::BuildFailed, error.to_string()))
            .map_err(Box::new)?;
        Ok((graph, session))
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
    fn of_nothing(unit: &str, error: Option<String>) -> Self {
        Self {
            unit: unit.to_owned(),
            objects: Vec::new(),
            errors: error.into_iter().collect(),
        }
    }

    async fn of(unit: &str, graph: &Graph<Part<'_>>, session: &Session<'_>) -> Self {
        let mut difference = Self::of_nothing(unit, None);
        for part in graph.components() {
            match part.observe(session).await {
                Ok(observed) => difference.add(part, &observed),
                Err(errors) => difference.errors.extend(errors.iter().map(ToString::to_string)),
            }
        }
        difference
    }

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
