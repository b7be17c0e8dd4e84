//! What a graph is made of.

use std::fmt::{Debug, Display};

/// A part of a desired state.
///
/// Flow of a pass: `observe`, `diff`, `apply` for each change that is permitted, then `settle` or `observe` again,
/// then `readiness`. Only `observe` and `apply` do IO; each is called again after whatever failure, so both start from
/// what is there.
pub trait Component: Send + Sync {
    /// What the components of a graph share: connections, settings.
    type World: Send + Sync;
    /// What is there.
    type Observed: Send + Sync;
    /// One thing to do. Shown to people in plans.
    type Change: Clone + Debug + Display + Send + Sync;
    /// What came of a change, as far as it tells something of what is there.
    type Applied: Send;
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Name, unique in the graph.
    fn name(&self) -> &str;

    /// Names of the components that have to be ready before this one is applied.
    fn needs(&self) -> &[String];

    /// Names of components that come before this one, ready or not.
    fn after(&self) -> &[String] {
        &[]
    }

    /// Looks at what is there. Also called before what it needs is ready: what cannot be known yet is no error but
    /// [provisional](Component::is_provisional).
    fn observe(
        &self,
        world: &Self::World,
    ) -> impl Future<Output = Result<Self::Observed, Vec<Self::Error>>> + Send;

    /// What has to change; nothing if all is as wanted.
    fn diff(&self, observed: &Self::Observed) -> Vec<Difference<Self::Change>>;

    /// Makes one change.
    fn apply(
        &self,
        world: &Self::World,
        change: &Self::Change,
    ) -> impl Future<Output = Result<Self::Applied, Self::Error>> + Send;

    /// Whether all is as wanted and works.
    fn readiness(&self, observed: &Self::Observed) -> Readiness;

    /// What is there after changes, where that follows from what came of them.
    fn settle(&self, observed: Self::Observed, applied: Vec<Self::Applied>) -> Settled<Self::Observed> {
        drop((observed, applied));
        Settled::ObserveAgain
    }

    /// Whether the observation has to be made again once what comes before the component has changed.
    fn is_provisional(&self, observed: &Self::Observed) -> bool {
        let _ = observed;
        false
    }

    /// How many changes may be under way at once. They must not depend on each other's order unless this is 1.
    fn concurrency(&self) -> usize {
        1
    }
}

/// What is known after changes.
#[derive(Debug)]
pub enum Settled<O> {
    /// This is there now.
    Known(O),
    /// It has to be looked at.
    ObserveAgain,
}

/// Something that has to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<C> {
    /// What to do.
    pub change: C,
    /// What it disturbs.
    pub disruption: Disruption,
    /// Whether it may be done.
    pub permission: Permission,
}

impl<C> Difference<C> {
    /// A change that disturbs nothing and needs no consent.
    pub const fn free(change: C) -> Self {
        Self {
            change,
            disruption: Disruption::None,
            permission: Permission::Given,
        }
    }
}

/// What a change disturbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Disruption {
    /// Nothing.
    None,
    /// Something restarts.
    Restart,
    /// Traffic may be interrupted.
    DataPath,
    /// Something is lost for good.
    Destructive,
}

/// Whether a change may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// Yes.
    Given,
    /// No: why, and what would give it.
    Missing(String),
}

/// Whether a component is as wanted and works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It is.
    Ready,
    /// Not yet; it comes by itself. The text says what is missing.
    Waiting(String),
    /// It does not come by waiting. The text says what is wrong.
    Failed(String),
}
