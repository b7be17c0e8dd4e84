//! The one type of component that a unit's graph is made of.

use std::fmt;

use common::graph::{Component, Difference, Readiness, Settled};
use common::kube::ObjectId;

use super::super::error::SyncError;
use super::super::inventory::{Entry, Inventory};
use super::super::live::PARALLEL;
use super::super::manifest::Manifest;
use super::super::session::Session;
use super::close::Close;
use super::health::AllWell;
use super::prune::{self, Fate, Leftover, Prune};
use super::record::Record;
use super::stage::{self, Item, Stage};
use super::store;
use super::verdict::Verdict;

/// A part of a unit.
#[derive(Debug)]
pub struct Part<'a> {
    name: String,
    needs: Vec<String>,
    after: Vec<String>,
    work: Work,
    session: std::marker::PhantomData<&'a ()>,
}

/// What a part does.
#[derive(Debug)]
pub(in crate::sync) enum Work {
    Record(Record),
    Stage(Stage),
    AllWell,
    Prune(Prune),
    Close(Close),
}

/// What a part saw.
#[derive(Debug)]
pub enum Observed {
    /// Of an inventory: what has to be written.
    Inventory(Box<Option<Inventory>>),
    /// Of a stage.
    Stage(Box<StageSeen>),
    /// Of all objects.
    Health(Readiness),
    /// Of what is wanted no more.
    Leftovers(Box<LeftoversSeen>),
}

/// What a stage saw.
#[derive(Debug)]
pub struct StageSeen(stage::Observed);

/// What is wanted no more.
#[derive(Debug)]
pub struct LeftoversSeen(Vec<Leftover>);

/// An object that is to be applied.
#[derive(Debug, Clone)]
pub struct Application {
    pub(super) item: Item,
    pub(super) manifest: Manifest,
}

impl Application {
    /// The object as it is to be applied.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Which, in full.
    pub fn id(&self) -> &ObjectId {
        &self.item.id
    }

    /// What is applied.
    pub fn wanted(&self) -> &serde_json::Value {
        &self.item.wanted.value
    }

    /// The object as it is; none if it does not exist.
    pub fn before(&self) -> Option<&serde_json::Value> {
        self.item.live.as_deref()
    }

    /// The object as it would be, by the server's own word; none where it is new or made anew.
    pub fn after(&self) -> Option<&serde_json::Value> {
        match &self.item.verdict {
            Verdict::Change(after) => Some(after),
            Verdict::Stands
            | Verdict::LeftAlone
            | Verdict::Create
            | Verdict::Recreate
            | Verdict::Pending(_) => None,
        }
    }

    fn verb(&self) -> &'static str {
        match &self.item.verdict {
            Verdict::Create => "create",
            Verdict::Recreate => "make anew",
            Verdict::Change(_) | Verdict::Stands | Verdict::LeftAlone | Verdict::Pending(_) => "change",
        }
    }
}

/// Something that a part does.
#[derive(Debug, Clone)]
pub enum Change {
    /// Writes the inventory before anything else.
    Remember(Box<Inventory>),
    /// Applies an object.
    Apply(Box<Application>),
    /// Deletes an object.
    Delete(Box<Entry>),
    /// Writes the inventory without what is gone.
    Forget(Box<Inventory>),
}

impl Change {
    /// The object that it is about; none for inventories.
    pub fn object(&self) -> Option<&ObjectId> {
        match self {
            Self::Apply(application) => Some(&application.item.id),
            Self::Delete(entry) => Some(&entry.id),
            Self::Remember(_) | Self::Forget(_) => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remember(inventory) => write!(f, "remember {} objects", inventory.entries.len()),
            Self::Apply(application) => write!(f, "{} {}", application.verb(), application.item.id),
            Self::Delete(entry) => write!(f, "delete {}", entry.id),
            Self::Forget(inventory) => write!(f, "remember {} objects only", inventory.entries.len()),
        }
    }
}

/// What came of a change.
#[derive(Debug)]
pub enum Done {
    /// An inventory is written.
    Written,
    /// An object is applied.
    Applied(Box<AppliedItem>),
    /// An object is deleted, or going.
    Deleted(Box<DeletedItem>),
}

/// An applied object.
#[derive(Debug)]
pub struct AppliedItem(Item);

/// A deleted object.
#[derive(Debug)]
pub struct DeletedItem(Entry, Fate);

impl Part<'_> {
    pub(in crate::sync) fn new(name: &str, needs: Vec<String>, work: Work) -> Self {
        Self {
            name: name.to_owned(),
            needs,
            after: Vec::new(),
            work,
            session: std::marker::PhantomData,
        }
    }

    /// Objects of which nothing can be said yet, because what they are made of is not there.
    pub(in crate::sync) fn pending(&self, observed: &Observed) -> Vec<Application> {
        match (&self.work, observed) {
            (Work::Stage(stage), Observed::Stage(seen)) => stage.pending(&seen.0),
            _ => Vec::new(),
        }
    }

    pub(in crate::sync) fn after(mut self, after: Vec<String>) -> Self {
        self.after = after;
        self
    }
}

impl<'a> Component for Part<'a> {
    type World = Session<'a>;
    type Observed = Observed;
    type Change = Change;
    type Applied = Done;
    type Error = SyncError;

    fn name(&self) -> &str {
        &self.name
    }

    fn needs(&self) -> &[String] {
        &self.needs
    }

    fn after(&self) -> &[String] {
        &self.after
    }

    async fn observe(&self, session: &Session<'a>) -> Result<Observed, Vec<SyncError>> {
        Ok(match &self.work {
            Work::Record(record) => Observed::Inventory(Box::new(record.observe(session).await?)),
            Work::Stage(stage) => Observed::Stage(Box::new(StageSeen(stage.observe(session).await?))),
            Work::AllWell => Observed::Health(AllWell::observe(session)),
            Work::Prune(prune) => Observed::Leftovers(Box::new(LeftoversSeen(prune.observe(session).await?))),
            Work::Close(close) => Observed::Inventory(Box::new(close.observe(session).await?)),
        })
    }

    fn diff(&self, observed: &Observed) -> Vec<Difference<Change>> {
        match (&self.work, observed) {
            (Work::Record(_), Observed::Inventory(inventory)) => Record::diff(inventory.as_ref().as_ref()),
            (Work::Close(_), Observed::Inventory(inventory)) => Close::diff(inventory.as_ref().as_ref()),
            (Work::Stage(stage), Observed::Stage(seen)) => stage.diff(&seen.0),
            (Work::Prune(_), Observed::Leftovers(seen)) => Prune::diff(&seen.0),
            _ => Vec::new(),
        }
    }

    async fn apply(&self, session: &Session<'a>, change: &Change) -> Result<Done, SyncError> {
        Ok(match change {
            Change::Remember(inventory) | Change::Forget(inventory) => {
                store::save(&session.home, inventory).await?;
                session.known.lock().stored = Some(inventory.as_ref().clone());
                Done::Written
            }
            Change::Apply(application) => {
                let Application { item, manifest } = application.as_ref();
                let item = stage::apply(session, manifest, item).await?;
                Done::Applied(Box::new(AppliedItem(item)))
            }
            Change::Delete(entry) => {
                let fate = prune::delete(session, entry).await?;
                Done::Deleted(Box::new(DeletedItem(entry.as_ref().clone(), fate)))
            }
        })
    }

    fn readiness(&self, observed: &Observed) -> Readiness {
        match (&self.work, observed) {
            (Work::Record(_), Observed::Inventory(inventory)) => {
                Record::readiness(inventory.as_ref().as_ref())
            }
            (Work::Close(_), Observed::Inventory(inventory)) => Close::readiness(inventory.as_ref().as_ref()),
            (Work::Stage(stage), Observed::Stage(seen)) => stage.readiness(&seen.0),
            (Work::Prune(_), Observed::Leftovers(seen)) => Prune::readiness(&seen.0),
            (_, Observed::Health(readiness)) => readiness.clone(),
            _ => Readiness::Ready,
        }
    }

    fn settle(&self, observed: Observed, applied: Vec<Done>) -> Settled<Observed> {
        match (&self.work, observed) {
            (Work::Record(_) | Work::Close(_), _) => Settled::Known(Observed::Inventory(Box::new(None))),
            (Work::Stage(_), Observed::Stage(seen)) => {
                let items = applied.into_iter().filter_map(|done| match done {
                    Done::Applied(item) => Some(item.0),
                    Done::Written | Done::Deleted(_) => None,
                });
                let seen = StageSeen(Stage::settle(seen.0, items.collect()));
                Settled::Known(Observed::Stage(Box::new(seen)))
            }
            (Work::Prune(_), Observed::Leftovers(seen)) => {
                let fates = applied.into_iter().filter_map(|done| match done {
                    Done::Deleted(item) => Some((item.0, item.1)),
                    Done::Written | Done::Applied(_) => None,
                });
                let seen = LeftoversSeen(Prune::settle(seen.0, &fates.collect::<Vec<_>>()));
                Settled::Known(Observed::Leftovers(Box::new(seen)))
            }
            _ => Settled::ObserveAgain,
        }
    }

    fn is_provisional(&self, observed: &Observed) -> bool {
        match observed {
            Observed::Stage(seen) => Stage::is_provisional(&seen.0),
            Observed::Inventory(_) => matches!(self.work, Work::Close(_)),
            Observed::Health(_) | Observed::Leftovers(_) => true,
        }
    }

    fn concurrency(&self) -> usize {
        match self.work {
            Work::Stage(_) => PARALLEL,
            Work::Record(_) | Work::AllWell | Work::Prune(_) | Work::Close(_) => 1,
        }
    }
}
