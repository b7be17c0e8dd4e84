//! A wave as a component of a graph.

use std::marker::PhantomData;
use std::sync::Arc;

use common::graph::{Component, Difference, Disruption, Graph, GraphError, Permission, Readiness};

use super::error::UpgradeError;
use super::world::{Landscape, Seen, World};
use crate::landscape::upgrade::{Change, Gate, Plan, Wave, WaveKind, write};

/// A wave of an upgrade of the landscape `L`.
#[derive(Debug)]
pub struct UpgradeWave<L> {
    kind: WaveKind,
    name: String,
    needs: Vec<String>,
    landscape: PhantomData<fn() -> L>,
}

impl<L: Landscape> UpgradeWave<L> {
    /// All waves, each of which needs the one before.
    pub fn graph() -> Result<Graph<Self>, GraphError> {
        let mut before = None;
        let wave = |kind: WaveKind| Self {
            kind,
            name: kind.to_string(),
            needs: before.replace(kind).iter().map(ToString::to_string).collect(),
            landscape: PhantomData,
        };
        Graph::new(WaveKind::ALL.map(wave))
    }

    fn of<'a>(&self, plan: &'a Plan) -> Option<&'a Wave> {
        let waves = plan.stages.iter().flat_map(|stage| &stage.waves);
        waves.into_iter().find(|wave| wave.kind == self.kind)
    }
}

impl<L: Landscape> Component for UpgradeWave<L> {
    type World = World<L>;
    type Observed = Arc<Seen>;
    type Change = Change;
    type Applied = ();
    type Error = UpgradeError;

    fn name(&self) -> &str {
        &self.name
    }

    fn needs(&self) -> &[String] {
        &self.needs
    }

    async fn observe(&self, world: &World<L>) -> Result<Arc<Seen>, Vec<UpgradeError>> {
        world.look().await.map_err(|error| vec![error])
    }

    fn diff(&self, seen: &Arc<Seen>) -> Vec<Difference<Change>> {
        let changes = self.of(&seen.plan).into_iter().flat_map(|wave| &wave.changes);
        let difference = |change: &Change| Difference {
            change: change.clone(),
            disruption: Disruption::Restart,
            permission: permission(&seen.plan),
        };
        changes.map(difference).collect()
    }

    async fn apply(&self, world: &World<L>, change: &Change) -> Result<(), UpgradeError> {
        let seen = world.look().await?;
        world.write(&write(change, &seen.objects)?).await
    }

    fn readiness(&self, seen: &Arc<Seen>) -> Readiness {
        match self.of(&seen.plan).map(|wave| &wave.gate) {
            Some(Gate::Open) => Readiness::Ready,
            Some(Gate::Closed { reasons }) => Readiness::Waiting(reasons.join("; ")),
            None => Readiness::Failed("the plan does not lead there".to_owned()),
        }
    }

    /// What waves before it change moves what it sees.
    fn is_provisional(&self, _: &Arc<Seen>) -> bool {
        true
    }
}

fn permission(plan: &Plan) -> Permission {
    let refusals = plan
        .refusals
        .iter()
        .map(|refusal| format!("{}: {}", refusal.rule, refusal.message));
    let reasons: Vec<String> = refusals.chain(plan.waiting.iter().cloned()).collect();
    if reasons.is_empty() {
        Permission::Given
    } else {
        Permission::Missing(reasons.join("; "))
    }
}
