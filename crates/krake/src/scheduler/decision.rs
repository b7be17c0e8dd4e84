//! What is to be done with one application now.

use super::Settings;
use super::assignments::Counts;
use super::candidate::Candidate;
use super::filter::{Fit, fit};
use super::ranking::{Ranked, best};
use super::snapshot::Candidates;
use crate::api::{Application, ApplicationState, Cluster, ReasonCode, ResourceRef, Timestamp};

/// What is to be done with an application.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Nothing, whatever happens elsewhere: it is being deleted, or has failed until a human acts.
    Ignore,
    /// It stays. Nothing needs to be written; `until` says when a better place may be taken at the earliest.
    Keep {
        /// None if that is now, so that only a change elsewhere can make a difference.
        until: Option<Timestamp>,
    },
    /// It stays, and the status has to say so: the application controller may act on the user's update, and
    /// a reason that no longer holds goes.
    Confirm,
    /// It goes to another cluster, or to its first.
    Bind {
        /// Where to.
        cluster: ResourceRef,
        /// Score of that cluster.
        score: f64,
    },
    /// A cluster might fit, but its metrics were not read yet; the reading will bring a new decision.
    Wait,
    /// No cluster fits. An application that runs somewhere goes on running there.
    NoSuitable,
}

/// Decides about an application among the candidates of its namespace. `counts` are the applications
/// assigned to these.
pub fn decide(
    application: &Application,
    candidates: &Candidates,
    counts: &Counts,
    settings: &Settings,
    now: Timestamp,
) -> Decision {
    if is_out_of_hands(application) {
        return Decision::Ignore;
    }
    if let Some(until) = pinned(application, now) {
        return settle(application, until);
    }
    let current = current(application, candidates);
    if let Some(candidate) = current
        && let Some(until) = stays_for_now(application, candidate, settings, now)
    {
        return settle(application, until);
    }
    let fitting: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| fit(application, candidate) == Fit::Yes)
        .collect();
    let name = current.map(Candidate::name);
    match best(&fitting, name, counts, settings) {
        Some(best) if Some(best.candidate.name()) == name => settle(application, None),
        Some(_) if name.is_none() && is_worth_waiting(application, candidates) => Decision::Wait,
        Some(best) => bind(&best),
        None if is_worth_waiting(application, candidates) => Decision::Wait,
        None => Decision::NoSuitable,
    }
}

fn bind(best: &Ranked<'_>) -> Decision {
    Decision::Bind {
        cluster: best.candidate.cluster.clone(),
        score: best.score,
    }
}

/// Deleted, or failed with no update since.
fn is_out_of_hands(application: &Application) -> bool {
    application.metadata.is_deleted()
        || (application.status.state == ApplicationState::Failed && !super::restarts_by_update(application))
}

/// The candidate to which the application is bound. A reference to another namespace, which only a hand
/// could have written, names none of these candidates.
pub(super) fn current<'a>(application: &Application, candidates: &'a Candidates) -> Option<&'a Candidate> {
    let reference = application.status.scheduled_to.as_ref()?;
    candidates
        .get(&reference.name)
        .filter(|candidate| candidate.cluster == *reference && reference.is::<Cluster>())
}

/// An application that must not move now, whatever fits: `Some` with the moment until when, if that is known.
#[expect(
    clippy::option_option,
    reason = "whether it is pinned, and until when, are two questions"
)]
pub(super) fn pinned(application: &Application, now: Timestamp) -> Option<Option<Timestamp>> {
    application.status.scheduled_to.as_ref()?;
    if !application.spec.constraints.migration || has_completed(application) {
        return Some(None);
    }
    let until = Timestamp::from_microsecond(application.status.migration_timeout.saturating_mul(1_000_000));
    (until > now).then_some(Some(until))
}

/// A job that has done its work would do it again elsewhere.
pub(super) fn has_completed(application: &Application) -> bool {
    application.status.state == ApplicationState::Completed
}

/// A fitting cluster keeps its applications for a while before others are considered, and as long as its
/// own metrics are yet to be read.
#[expect(
    clippy::option_option,
    reason = "whether it stays, and until when, are two questions"
)]
fn stays_for_now(
    application: &Application,
    candidate: &Candidate,
    settings: &Settings,
    now: Timestamp,
) -> Option<Option<Timestamp>> {
    match fit(application, candidate) {
        Fit::Pending => Some(None),
        Fit::No => None,
        Fit::Yes => movable_from(application, settings)
            .filter(|from| *from > now)
            .map(Some),
    }
}

/// The moment from which a better cluster may be taken.
pub(super) fn movable_from(application: &Application, settings: &Settings) -> Option<Timestamp> {
    let scheduled = application.status.scheduled?;
    let interval = i64::try_from(settings.reschedule_after.as_micros()).unwrap_or(i64::MAX);
    Some(Timestamp::from_microsecond(
        scheduled.as_microsecond().saturating_add(interval),
    ))
}

/// Whether a cluster may turn out to fit once its metrics are read.
fn is_worth_waiting(application: &Application, candidates: &Candidates) -> bool {
    candidates
        .iter()
        .any(|candidate| fit(application, candidate) == Fit::Pending)
}

fn settle(application: &Application, until: Option<Timestamp>) -> Decision {
    let is_updated = application
        .status
        .kube_controller_triggered
        .is_none_or(|triggered| application.metadata.modified > triggered);
    if is_updated || has_unsuitable_reason(application) {
        Decision::Confirm
    } else {
        Decision::Keep { until }
    }
}

/// Whether the status says that no cluster fits.
pub(super) fn has_unsuitable_reason(application: &Application) -> bool {
    application
        .status
        .reason
        .as_ref()
        .is_some_and(|reason| reason.code == ReasonCode::NoSuitableResource)
}
