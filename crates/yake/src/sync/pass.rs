//! One pass over a unit.

use std::sync::Arc;

use common::graph::{Graph, GraphError, Pass, reconcile};

use super::error::SyncError;
use super::manifest::Manifest;
use super::order::stages;
use super::parts::{Brought, Change, Close, Part, Prune, Record, Stage, Work};
use super::session::Session;
use super::unit::{Unit, Waiting};

const RECORD: &str = "inventory";
const HEALTH: &str = "health";
pub(super) const PRUNE: &str = "prune";
const CLOSE: &str = "inventory-closed";

/// The graph of a unit that wants these objects: its inventory, its stages one after the other, then its health, what
/// has to go, and the inventory again.
pub fn graph<'a>(
    manifests: &[Manifest],
    unit: &Unit,
    brought: &Arc<Brought>,
) -> Result<Graph<Part<'a>>, GraphError> {
    let mut parts = vec![Part::new(
        RECORD,
        Vec::new(),
        Work::Record(Record::new(manifests)),
    )];
    let mut last = vec![RECORD.to_owned()];
    for (number, members) in stages(manifests.to_vec()) {
        let stage = Stage::new(number, members, Arc::clone(brought));
        parts.push(Part::new(number.name(), last, Work::Stage(stage)));
        last = vec![number.name().to_owned()];
    }
    parts.push(Part::new(PRUNE, last.clone(), Work::Prune(Prune::new(manifests))));
    let close = Part::new(CLOSE, last.clone(), Work::Close(Close::new(manifests)));
    parts.push(close.after(vec![PRUNE.to_owned()]));
    if unit.waiting == Waiting::ForHealth {
        parts.push(Part::new(HEALTH, last, Work::AllWell));
    }
    Graph::new(parts)
}

/// Looks at everything, and brings into line what can be.
pub async fn pass<'a>(graph: &Graph<Part<'a>>, session: &Session<'a>) -> Pass<Change, SyncError> {
    reconcile(graph, session).await
}
