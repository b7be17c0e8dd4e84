//! One pass over one application: see where it stands, do what comes next, report what came of it.

use std::sync::Arc;
use std::time::Duration;

use common::reconcile::Action;
use parking_lot::Mutex;

use super::book::Book;
use super::index::Index;
use super::inventory;
use super::members::Members;
use super::memory::Memories;
use super::outcome::tell;
use super::stage::{self, Acceptance, MoveStep, Stage, Standing, stage};
use crate::api::{
    Application, ApplicationState, Cluster, KUBERNETES_RESOURCES_DELETION, Kind, Reason, ReasonCode,
    ResourceRef, Timestamp,
};
use crate::client::{Cache, Error, ObjectKey};
use crate::controllers::recorder::Recorder;

/// Attempts to get a decision through against other writers before the queue takes over.
const ATTEMPTS: usize = 10;
/// How soon objects that are going are looked for again, should their watch miss it.
pub(super) const GOING: Duration = Duration::from_secs(2);
/// Everything a pass needs.
pub(super) struct Worker {
    pub(super) book: Book,
    pub(super) clusters: Cache<Cluster>,
    pub(super) members: Members,
    pub(super) memories: Memories,
    pub(super) index: Arc<Mutex<Index>>,
    pub(super) recorder: Recorder,
    pub(super) now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// How a step ended.
pub(super) enum Next {
    /// Something was written that has to be looked at again at once.
    Again,
    /// That is all for now.
    Rest(Action),
}

impl Worker {
    /// Brings an application in order, as far as it goes now.
    pub(super) async fn reconcile(&self, key: ObjectKey) -> Action {
        for _ in 0..ATTEMPTS {
            let Some(application) = self.book.get(&key) else {
                self.memories.forget(&key);
                return Action::Gone;
            };
            match self.pass(&key, application).await {
                Ok(Next::Again) => {}
                Ok(Next::Rest(action)) => return action,
                Err(error) if error.is_conflict() || error.is_not_found() => {
                    if let Err(error) = self.book.read_again(&key).await {
                        return unless_erased(&key, &error);
                    }
                }
                Err(error) => return unless_erased(&key, &error),
            }
        }
        Action::Retry
    }

    async fn pass(&self, key: &ObjectKey, application: Arc<Application>) -> Result<Next, Error> {
        let stage = stage(
            &application,
            Acceptance::of(&application),
            |cluster| self.standing(cluster),
            (self.now)(),
        );
        match &stage {
            Stage::Delete => self.delete(key, application).await,
            Stage::Return { to, from, cause } => self.stay(&application, to, from, *cause).await,
            Stage::Move {
                from,
                to,
                step: MoveStep::StopFirst,
            } => {
                let application = self.begin_move(&application, from, to).await?;
                self.clean_up(key, application, &stage, Action::Done).await
            }
            Stage::Move { .. } | Stage::Place { .. } => match self
                .bring_in_line(key, application, &stage)
                .await?
            {
                (_, Next::Again) => Ok(Next::Again),
                (application, Next::Rest(action)) => self.clean_up(key, application, &stage, action).await,
            },
            Stage::Await { on } => {
                let application = self.await_cluster(&application, on).await?;
                let action = self.time_left(&application).map_or(Action::Done, Action::After);
                self.clean_up(key, application, &stage, action).await
            }
            Stage::Rest => self.clean_up(key, application, &stage, Action::Done).await,
        }
    }

    /// What is known of a cluster's record.
    pub(super) fn standing(&self, reference: &ResourceRef) -> Standing {
        match self.clusters.get(&ObjectKey::from(reference)) {
            None => Standing::Absent,
            Some(cluster) => Standing::of(cluster.status.state, cluster.metadata.is_deleted()),
        }
    }

    /// Where it runs there is nobody to ask at the moment.
    async fn await_cluster(
        &self,
        application: &Arc<Application>,
        on: &ResourceRef,
    ) -> Result<Arc<Application>, Error> {
        let reason = Reason::new(ReasonCode::ClusterNotReachable, format!("{on} does not answer"));
        self.book
            .write_status(application, |status| {
                tell(status, ApplicationState::Degraded, Some(reason));
            })
            .await
    }

    /// Removes what is left where nothing is wanted any more, and lets go of clusters that no longer matter.
    async fn clean_up(
        &self,
        key: &ObjectKey,
        mut application: Arc<Application>,
        stage: &Stage,
        action: Action,
    ) -> Result<Next, Error> {
        let mut action = action;
        for placement in stage::leftovers(&application, stage)
            .into_iter()
            .cloned()
            .collect::<Vec<_>>()
        {
            let cleaned = self.clean(&application, &placement).await;
            self.memories
                .leave(key, &application.metadata.uid, &placement.cluster);
            action = sooner(action, cleaned.action());
            application = self
                .book
                .write_status(&application, |status| {
                    inventory::set(
                        &mut status.placements,
                        &placement.cluster,
                        cleaned.remaining.clone(),
                    );
                })
                .await?;
            let is_done = inventory::on(&application.status.placements, &placement.cluster).is_empty();
            if is_done
                && matches!(
                    stage,
                    Stage::Move {
                        step: MoveStep::StopFirst,
                        ..
                    }
                )
            {
                return Ok(Next::Again);
            }
        }
        self.let_go_of_clusters(&application).await?;
        Ok(Next::Rest(action))
    }

    /// Binding to a cluster makes it an owner; it stays one as long as the application has to do with it.
    async fn let_go_of_clusters(&self, application: &Arc<Application>) -> Result<(), Error> {
        let status = &application.status;
        if application.metadata.is_deleted()
            || status.running_on.is_none()
            || status.running_on != status.scheduled_to
        {
            return Ok(());
        }
        let matters = |owner: &ResourceRef| {
            !owner.is::<Cluster>()
                || Some(owner) == status.running_on.as_ref()
                || !inventory::on(&status.placements, owner).is_empty()
        };
        if application.metadata.owners.iter().all(matters) {
            return Ok(());
        }
        let mut next = Application::clone(application);
        next.metadata.owners.retain(matters);
        self.book.write(&next).await?;
        Ok(())
    }

    /// Makes sure that the application cannot be erased while it has objects on clusters.
    pub(super) async fn hold(&self, application: Arc<Application>) -> Result<Arc<Application>, Error> {
        let finalizers = &application.metadata.finalizers;
        if finalizers
            .iter()
            .any(|finalizer| finalizer == KUBERNETES_RESOURCES_DELETION)
        {
            return Ok(application);
        }
        let mut next = Application::clone(&application);
        next.metadata
            .finalizers
            .push(KUBERNETES_RESOURCES_DELETION.to_owned());
        self.book.write(&next).await
    }
}

/// The one of two actions that comes first.
pub(super) fn sooner(one: Action, other: Action) -> Action {
    match (one, other) {
        (Action::Retry, _) | (_, Action::Retry) => Action::Retry,
        (Action::After(one), Action::After(other)) => Action::After(one.min(other)),
        (Action::After(delay), _) | (_, Action::After(delay)) => Action::After(delay),
        (Action::Done | Action::Gone, action) => action,
    }
}

fn unless_erased(key: &ObjectKey, error: &Error) -> Action {
    if error.is_not_found() {
        return Action::Done;
    }
    tracing::warn!(application = %key, %error, "cannot write what became of an application, will try again");
    Action::Retry
}

/// Reference to the application, for messages.
pub(super) fn name_of(application: &Application) -> String {
    application.reference().to_string()
}
