//! When an application for which no cluster fits is tried again, and when that ends.
//!
//! As documented for the original, not as it behaves: the wait before the next attempt is `backoff_delay`
//! seconds, multiplied by `backoff` after each attempt, at least one second and at most an hour.
//! `backoff_limit` of n gives n + 1 attempts, then the application is FAILED; −1 never ends, but after
//! [`PATIENCE`] attempts in vain it slows down to one a minute, so that a crowd of hopeless applications costs
//! next to nothing. An application that runs somewhere is never given up.
//!
//! Waiting is no sleep: a change of a cluster or a metric brings a new decision at once, and such a decision
//! in between neither counts as an attempt nor writes anything if it is in vain too.

use crate::api::{Application, ApplicationState, ApplicationStatus, Reason, ReasonCode, Timestamp};

use super::decision::has_unsuitable_reason;

const LONGEST: i64 = 3600;
const SLOW: i64 = 60;
/// Attempts of an endless series that keep the delay that the user asked for.
const PATIENCE: u32 = 10;

/// An application that waits for a cluster, as remembered between attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Attempts in vain so far.
    pub attempts: u32,
    /// When the next one is due.
    pub until: Timestamp,
}

/// What follows from an attempt in vain.
#[derive(Debug, Clone, PartialEq)]
pub enum Backoff {
    /// The next attempt is not due yet: nothing to write.
    NotDue {
        /// When it is.
        until: Timestamp,
    },
    /// DEGRADED, and another attempt later.
    Again {
        /// For the status.
        status: Box<ApplicationStatus>,
        /// To be remembered.
        waiting: Waiting,
    },
    /// FAILED: no attempts are left.
    GiveUp {
        /// For the status.
        status: Box<ApplicationStatus>,
    },
}

impl Backoff {
    /// After a decision that no cluster fits. `waiting` is what was remembered of earlier attempts; after a
    /// restart it is none, and the status tells when the next attempt is due.
    pub fn after(application: &Application, waiting: Option<Waiting>, message: &str, now: Timestamp) -> Self {
        let status = &application.status;
        let is_fresh = super::restarts_by_update(application);
        // `retry` clears the status: whatever is remembered belongs to an earlier series.
        let waiting = waiting.filter(|_| !is_fresh && status.scheduled_retry.is_some());
        let due = waiting.map(|waiting| waiting.until).or_else(|| {
            status
                .scheduled_retry
                .filter(|_| has_unsuitable_reason(application) && !is_fresh)
        });
        if let Some(until) = due.filter(|due| *due > now) {
            return Self::NotDue { until };
        }
        let mut status = Box::new(status.clone());
        status.reason = Some(Reason::new(ReasonCode::NoSuitableResource, message));
        let attempts = waiting.map_or(0, |waiting| waiting.attempts);
        match attempts_left(application, is_fresh) {
            Some(left) if left <= 0 => {
                status.state = ApplicationState::Failed;
                status.retries = Some(0);
                // The moment of giving up: a later update of the user starts a new series.
                status.scheduled_retry = Some(now);
                Self::GiveUp { status }
            }
            left => {
                let done = left.map_or(attempts, |left| counted(application, left));
                let until = now.plus_seconds(delay(application, done, left.is_none()));
                status.state = ApplicationState::Degraded;
                status.retries = left.map(|left| left.saturating_sub(1));
                status.scheduled_retry = Some(until);
                Self::Again {
                    status,
                    waiting: Waiting {
                        attempts: attempts.saturating_add(1),
                        until,
                    },
                }
            }
        }
    }
}

/// None for an endless series.
fn attempts_left(application: &Application, is_fresh: bool) -> Option<i64> {
    let limit = application.spec.backoff_limit;
    if limit < 0 || application.status.scheduled_to.is_some() {
        return None;
    }
    Some(match application.status.retries {
        Some(left) if !is_fresh && has_unsuitable_reason(application) => left.min(limit),
        _ => limit,
    })
}

fn counted(application: &Application, left: i64) -> u32 {
    u32::try_from(application.spec.backoff_limit.saturating_sub(left)).unwrap_or(u32::MAX)
}

/// Seconds before the attempt that follows after `attempts` earlier waits.
fn delay(application: &Application, attempts: u32, is_endless: bool) -> i64 {
    let factor = application.spec.backoff.max(1).saturating_pow(attempts);
    let delay = application
        .spec
        .backoff_delay
        .max(1)
        .saturating_mul(factor)
        .clamp(1, LONGEST);
    if is_endless && attempts >= PATIENCE {
        delay.max(SLOW)
    } else {
        delay
    }
}

/// Whether the user updated a FAILED application since it failed, so that it starts anew.
pub fn restarts_by_update(application: &Application) -> bool {
    let status = &application.status;
    if status.state != ApplicationState::Failed {
        return false;
    }
    let failed_at = if has_unsuitable_reason(application) {
        status.scheduled_retry
    } else {
        status.kube_controller_triggered
    };
    failed_at.is_some_and(|at| application.metadata.modified > at)
}
