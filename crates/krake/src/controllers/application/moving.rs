//! A move begins, waits at the gate, or comes to nothing. That it has succeeded is told in [`reporting`](super::reporting).

use std::sync::Arc;
use std::time::Duration;

use common::kube::ObjectId;
use common::kube::health::{Health, assess};

use super::outcome::tell;
use super::stage::{ReturnCause, migration_deadline};
use super::wanted::to_id;
use super::worker::{Next, Worker};
use super::{inventory, member::Member, names::event};
use crate::api::{Application, ApplicationState, EventType, Reason, ReasonCode, ResourceRef};
use crate::client::Error;

/// Pause after failed migrations, times their number.
const MIGRATION_PAUSE: i64 = 60;
const LONGEST_MIGRATION_PAUSE: i64 = 3600;

impl Worker {
    /// Notes that a move has begun.
    pub(super) async fn begin_move(
        &self,
        application: &Arc<Application>,
        from: &ResourceRef,
        to: &ResourceRef,
    ) -> Result<Arc<Application>, Error> {
        if application.status.migration_started.is_some() {
            return Ok(application.clone());
        }
        let now = (self.now)();
        let written = self
            .book
            .write_status(application, |status| {
                status.migration_started = Some(now);
                tell(status, ApplicationState::Migrating, None);
            })
            .await?;
        let message = format!("moves from {from} to {to}");
        self.recorder
            .record(&*written, EventType::Normal, event::MIGRATION_STARTED, message);
        Ok(written)
    }

    /// A move came to nothing: the scheduler's choice is taken back, and the try is cleaned up as a leftover.
    pub(super) async fn stay(
        &self,
        application: &Arc<Application>,
        to: &ResourceRef,
        from: &ResourceRef,
        cause: ReturnCause,
    ) -> Result<Next, Error> {
        let trouble = match cause {
            ReturnCause::TargetGone => format!("{from} is gone"),
            ReturnCause::TimedOut => self.what_is_missing(application, from),
        };
        let message = format!("the move to {from} failed: {trouble}; it stays on {to}");
        let now = (self.now)();
        let reason = Reason::new(ReasonCode::ReconcileFailed, message.clone());
        let written = self
            .book
            .write_status(application, |status| {
                status.scheduled_to = Some(to.clone());
                status.migration_started = None;
                status.migration_retries += 1;
                let pause = status
                    .migration_retries
                    .saturating_mul(MIGRATION_PAUSE)
                    .min(LONGEST_MIGRATION_PAUSE);
                status.migration_timeout = now.plus_seconds(pause).as_microsecond() / 1_000_000;
                status.state = ApplicationState::Running;
                status.reason = Some(reason);
            })
            .await?;
        self.recorder
            .record(&*written, EventType::Warning, event::MIGRATION_FAILED, message);
        Ok(Next::Again)
    }

    /// Time that is left for a move.
    pub(super) fn time_left(&self, application: &Application) -> Option<Duration> {
        let seconds = migration_deadline(application)?.seconds_since((self.now)());
        Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default() + Duration::from_millis(10))
    }

    /// What is missing for a move to succeed, from what was seen last.
    fn what_is_missing(&self, application: &Application, on: &ResourceRef) -> String {
        // What was said at the gate is only that it waits.
        let reason = application.status.reason.as_ref();
        let told = reason
            .filter(|reason| reason.code != ReasonCode::ReconcileFailed)
            .map(|reason| reason.message.clone());
        let seen = || {
            let member = self.members.known(on)?;
            let objects = inventory::on(&application.status.placements, on);
            objects.iter().find_map(|object| missing(&member, &to_id(object)))
        };
        told.or_else(seen)
            .unwrap_or_else(|| "it did not become healthy in time".to_owned())
    }
}

/// Why the old copy still stands, and how long it is waited for the new one.
pub(super) fn at_the_gate(
    application: &Application,
    to: &ResourceRef,
    from: &ResourceRef,
    lack: &str,
) -> Reason {
    let limit = migration_deadline(application).map(|deadline| format!(" until {deadline}"));
    let limit = limit.unwrap_or_default();
    let message = format!("the move to {to} waits{limit} for {lack}; else it stays on {from}");
    Reason::new(ReasonCode::ReconcileFailed, message)
}

fn missing(member: &Member, id: &ObjectId) -> Option<String> {
    match member.live(id).map(|live| assess(&live).health) {
        None => Some(format!("{id} is not there")),
        Some(Health::Progressing { message } | Health::Unhealthy { message }) => {
            Some(format!("{id}: {message}"))
        }
        Some(Health::Healthy | Health::Completed) => None,
    }
}
