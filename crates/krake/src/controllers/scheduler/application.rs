//! Brings one application where it belongs: decides, and writes the decision.

use std::sync::Arc;
use std::time::Duration;

use common::reconcile::Action;

use super::board::Board;
use super::events::{GAVE_UP, SCHEDULABLE, SCHEDULED, UNSCHEDULABLE};
use crate::api::{
    Application, ApplicationState, ApplicationStatus, EventType, ReasonCode, ResourceRef, Timestamp,
};
use crate::client::{Cache, Client, Error, ObjectKey};
use crate::controllers::ControllerContext;
use crate::controllers::recorder::Recorder;
use crate::scheduler::{Backoff, Decision};

/// Copies that are read and decided upon in a row before the queue's backoff takes over.
const FRESH_COPIES: usize = 3;

pub(super) struct Applications {
    client: Client,
    cache: Cache<Application>,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    board: Arc<Board>,
    recorder: Recorder,
}

impl Applications {
    pub(super) fn new(context: &ControllerContext, board: Arc<Board>, recorder: Recorder) -> Self {
        Self {
            client: context.client.clone(),
            cache: context.caches.of(),
            now: context.now.clone(),
            board,
            recorder,
        }
    }

    /// Decides and writes; after a conflict with another writer once more, on a fresh copy.
    pub(super) async fn reconcile(&self, key: &ObjectKey) -> Action {
        let Some(mut application) = self.cache.get(key) else {
            return Action::Gone;
        };
        for _ in 0..FRESH_COPIES {
            match self.act(key, &application).await {
                Ok(action) => return action,
                Err(error) if error.is_not_found() => return Action::Gone,
                Err(error) if error.is_conflict() => {}
                Err(error) => {
                    tracing::warn!(application = %key, %error, "a decision was not written, will try again");
                    return Action::Retry;
                }
            }
            match self.client.get(key.namespace.as_deref(), &key.name).await {
                Ok(fresh) => application = Arc::new(fresh),
                Err(error) if error.is_not_found() => return Action::Gone,
                Err(_) => return Action::Retry,
            }
        }
        Action::Retry
    }

    async fn act(&self, key: &ObjectKey, application: &Application) -> Result<Action, Error> {
        let now = (self.now)();
        match self.board.decide(key, application, now) {
            Decision::Ignore | Decision::Wait => Ok(Action::Done),
            Decision::Keep { until } => {
                self.board.set_waiting(key, None);
                Ok(until.map_or(Action::Done, |until| wait(until, now)))
            }
            Decision::Confirm => {
                self.board.set_waiting(key, None);
                self.confirm(application, now).await
            }
            Decision::Bind { cluster, score } => self.bind(key, application, &cluster, score).await,
            Decision::NoSuitable => self.back_off(key, application, now).await,
        }
    }

    async fn bind(
        &self,
        key: &ObjectKey,
        application: &Application,
        cluster: &ResourceRef,
        score: f64,
    ) -> Result<Action, Error> {
        let bound = match self.client.bind_application(application, cluster).await {
            Ok(bound) => bound,
            Err(error) => {
                self.board.take_back(key, self.cache.get(key).as_deref());
                return Err(error);
            }
        };
        self.board.set_waiting(key, None);
        if says_unsuitable(&bound) {
            // If somebody else wrote meanwhile, the next decision is to confirm, which does the same.
            let _ = self.client.update_status(&suitable(&bound)).await;
        }
        let message = match &application.status.scheduled_to {
            Some(old) => format!("moves from {} to {} (score {score:.4})", old.name, cluster.name),
            None => format!("goes to {} (score {score:.4})", cluster.name),
        };
        tracing::debug!(application = %key, cluster = %cluster.name, score, "bound");
        self.recorder
            .record(&bound, EventType::Normal, SCHEDULED, message);
        // The binding comes back through the watch and sets the timer of the next decision.
        Ok(Action::Done)
    }

    /// Lets the application controller act on an update, and takes back what does not hold any more.
    async fn confirm(&self, application: &Application, now: Timestamp) -> Result<Action, Error> {
        let was_unsuitable = says_unsuitable(application);
        let mut confirmed = suitable(application);
        let modified = application.metadata.modified;
        let is_updated = confirmed
            .status
            .kube_controller_triggered
            .is_none_or(|triggered| modified > triggered);
        if is_updated {
            // The server's clock may be ahead of this one.
            confirmed.status.kube_controller_triggered = Some(now.max(modified));
        }
        let written = self.client.update_status(&confirmed).await?;
        if was_unsuitable {
            let message = "a cluster fits again".to_owned();
            self.recorder
                .record(&written, EventType::Normal, SCHEDULABLE, message);
        }
        Ok(Action::Done)
    }

    async fn back_off(
        &self,
        key: &ObjectKey,
        application: &Application,
        now: Timestamp,
    ) -> Result<Action, Error> {
        let message = self.board.summary(application);
        match Backoff::after(application, self.board.waiting(key), &message, now) {
            Backoff::NotDue { until } => Ok(wait(until, now)),
            Backoff::Again { status, waiting } => {
                let is_news = application.status.reason != status.reason;
                let written = self.write(application, *status).await?;
                self.board.set_waiting(key, Some(waiting));
                if is_news {
                    self.recorder
                        .record(&written, EventType::Warning, UNSCHEDULABLE, message);
                }
                Ok(wait(waiting.until, now))
            }
            Backoff::GiveUp { status } => {
                let written = self.write(application, *status).await?;
                self.board.set_waiting(key, None);
                self.recorder
                    .record(&written, EventType::Warning, GAVE_UP, message);
                Ok(Action::Done)
            }
        }
    }

    async fn write(
        &self,
        application: &Application,
        status: ApplicationStatus,
    ) -> Result<Application, Error> {
        let mut desired = application.clone();
        desired.status = status;
        self.client.update_status(&desired).await
    }
}

fn wait(until: Timestamp, now: Timestamp) -> Action {
    let microseconds = until.as_microsecond().saturating_sub(now.as_microsecond());
    Action::After(Duration::from_micros(
        u64::try_from(microseconds).unwrap_or_default(),
    ))
}

fn says_unsuitable(application: &Application) -> bool {
    let reason = application.status.reason.as_ref();
    reason.is_some_and(|reason| reason.code == ReasonCode::NoSuitableResource)
}

/// The application without the marks of a search in vain.
fn suitable(application: &Application) -> Application {
    let mut application = application.clone();
    let is_unsuitable = says_unsuitable(&application);
    let status = &mut application.status;
    if is_unsuitable {
        status.reason = None;
        status.retries = None;
        status.scheduled_retry = None;
        if matches!(
            status.state,
            ApplicationState::Degraded | ApplicationState::Failed
        ) {
            status.state = if status.running_on.is_some() {
                ApplicationState::Running
            } else {
                ApplicationState::Pending
            };
        }
    }
    application
}
