//! What an application says of itself after a pass, and the events on the way.

use std::sync::Arc;
use std::time::Duration;

use common::kube::ObjectId;
use common::reconcile::Action;

use super::inventory;
use super::moving::at_the_gate;
use super::names::event;
use super::outcome::{Outlook, Trouble, tell};
use super::placing::Done;
use super::report::{Report, host_of, report};
use super::stage::{MoveStep, Stage};
use super::survey::{Paused, Site};
use super::wanted::to_ref;
use super::worker::{GOING, Next, Worker, sooner};
use crate::api::{Application, ApplicationStatus, EventType, Reason, ReasonCode, ResourceRef};
use crate::client::{Error, ObjectKey};

/// A move whose time is over this soon is not tried again before.
const SOON: Duration = Duration::from_secs(10);

impl Worker {
    pub(super) fn narrate(&self, application: &Application, site: &Site, done: &Done) {
        let on = &site.on;
        let list = |ids: &[ObjectId]| inventory::listing(&ids.iter().map(to_ref).collect::<Vec<_>>());
        let say =
            |event_type, reason, message| self.recorder.record(application, event_type, reason, message);
        if !done.adopted.is_empty() {
            let message = format!("took over what existed on {on}: {}", list(&done.adopted));
            say(EventType::Warning, event::ADOPTED, message);
        }
        if !done.repaired.is_empty() {
            let message = format!("put right what was changed on {on}: {}", list(&done.repaired));
            say(EventType::Normal, event::REPAIRED, message);
        }
        if done.applied > done.repaired.len() {
            let message = format!("applied {} objects on {on}", done.applied - done.repaired.len());
            say(EventType::Normal, event::APPLIED, message);
        }
        if done.pruned > 0 {
            say(
                EventType::Normal,
                event::PRUNED,
                format!("deleted {} objects on {on}", done.pruned),
            );
        }
    }

    /// Says what is in the way. A failure that was told already is not told again.
    pub(super) async fn fail(
        &self,
        application: Arc<Application>,
        stage: &Stage,
        trouble: &Trouble,
    ) -> Result<(Arc<Application>, Next), Error> {
        if trouble.outlook() == Outlook::Moment {
            return Ok((application, Next::Rest(Action::Retry)));
        }
        let reason = trouble.reason();
        let is_news = application.status.reason.as_ref() != Some(&reason);
        let told = match stage {
            // It still runs where it was, and the move has its own time limit.
            Stage::Move {
                step: MoveStep::StartThenSwitch,
                ..
            } => application.status.state,
            _ => trouble.state(),
        };
        let message = reason.message.clone();
        let application = self
            .book
            .write_status(&application, |status| tell(status, told, Some(reason)))
            .await?;
        if is_news {
            self.recorder
                .record(&*application, EventType::Warning, event::FAILED, message);
        }
        let action = match (stage, self.time_left(&application)) {
            (Stage::Move { .. }, Some(left)) if left < SOON => Action::After(left),
            _ => Action::Retry,
        };
        Ok((application, Next::Rest(action)))
    }

    /// Everything is applied: says how it is.
    pub(super) async fn conclude(
        &self,
        key: &ObjectKey,
        application: Arc<Application>,
        stage: &Stage,
        site: &Site,
        done: &Done,
        paused: Option<&Paused>,
    ) -> Result<(Arc<Application>, Next), Error> {
        let report = report_of(site);
        let uid = &application.metadata.uid;
        if let Stage::Move {
            from,
            step: MoveStep::StartThenSwitch,
            ..
        } = stage
            && let Some(lack) = report.lack()
        {
            let objects = site.wanted.iter().map(|wanted| wanted.object.clone()).collect();
            self.memories.set_arriving(key, uid, &site.on, objects);
            let reason = at_the_gate(&application, &site.on, from, lack);
            let application = self
                .book
                .write_status(&application, |status| {
                    tell(status, status.state, Some(reason));
                })
                .await?;
            let left = self.time_left(&application).unwrap_or(GOING);
            return Ok((application, Next::Rest(Action::After(left))));
        }
        let arrives = application.status.running_on.as_ref() != Some(&site.on);
        let written = self
            .book
            .write_status(&application, |status| {
                let objects = site.wanted.iter().map(|wanted| to_ref(&wanted.id));
                let there = objects.chain(done.remaining.iter().cloned()).collect();
                inventory::set(&mut status.placements, &site.on, there);
                if arrives {
                    arrive(status, &site.on);
                }
                settle(status, site, &report, paused);
            })
            .await?;
        if let Stage::Move { from, to, .. } = stage {
            let message = format!("moved from {from} to {to}");
            self.recorder
                .record(&*written, EventType::Normal, event::MIGRATED, message);
            return Ok((written, Next::Again));
        }
        let mut action = if done.remaining.is_empty() {
            Action::Done
        } else {
            Action::After(GOING)
        };
        if let Some(paused) = paused {
            action = sooner(action, self.pause(&application, &written, paused));
        }
        Ok((written, Next::Rest(action)))
    }

    /// Says once that others do not leave the objects alone, and looks again after the pause.
    fn pause(&self, before: &Application, written: &Application, paused: &Paused) -> Action {
        if before.status.reason != written.status.reason {
            let message = format!("{}; repairs of that pause for a minute", contention(paused));
            self.recorder
                .record(written, EventType::Warning, event::CONTENDED, message);
        }
        let wait = paused.until.seconds_since((self.now)()).max(1.0);
        Action::After(Duration::try_from_secs_f64(wait).unwrap_or(GOING))
    }
}

fn contention(paused: &Paused) -> String {
    format!("others change {} again and again", paused.what)
}

/// Writes what the objects say into the status.
fn settle(status: &mut ApplicationStatus, site: &Site, report: &Report, paused: Option<&Paused>) {
    status.mangled_observer_schema.clone_from(&site.schemas);
    status.last_applied_manifest = site.wanted.iter().map(|wanted| wanted.object.clone()).collect();
    status.migration_started = None;
    status.container_health = report.containers.clone();
    status.services.clone_from(&report.services);
    if paused.is_none() {
        status.last_observed_manifest.clone_from(&report.observed);
    }
    let (state, reason) = report.verdict(status.state);
    let contended = paused.map(|paused| Reason::new(ReasonCode::ReconcileFailed, contention(paused)));
    let failed_move = status.reason.clone().filter(|_| status.migration_retries > 0);
    tell(status, state, contended.or(reason).or(failed_move));
}

fn report_of(site: &Site) -> Report {
    let lives: Vec<_> = site
        .wanted
        .iter()
        .map(|wanted| site.member.live(&wanted.id))
        .collect();
    let objects = site.wanted.iter().zip(lives.iter().map(|live| live.as_deref()));
    report(objects, host_of(site.member.connection.server()))
}

/// The objects at the new place are as they should be: from now on it runs there.
fn arrive(status: &mut ApplicationStatus, to: &ResourceRef) {
    status.running_on = Some(to.clone());
    status.migration_started = None;
    status.migration_retries = 0;
    status.migration_timeout = 0;
    status.shutdown_grace_period = None;
}
