//! `--wait`: answers at once when the state is reached, says why it waits until then, and not for ever.

mod goal;
mod limit;
mod next;
mod situation;

pub(super) use goal::{CreatedState, DeletedState, Goal, UpdatedState};
pub(super) use limit::LimitOptions;
use limit::TimeLimit;

use super::error::CliError;
use super::session::Session;
use crate::api::{Application, ApplicationState};
use next::Follower;
use situation::Awaited;

/// Waits until an application has reached a goal.
pub(super) async fn until(
    session: &Session,
    application: Application,
    goal: Goal,
    limit: TimeLimit,
) -> Result<Application, CliError> {
    let mut follower = Follower::new(session, application);
    let reached = limit.within(reach(&mut follower, goal)).await;
    reached.unwrap_or_else(|| Err(timed_out(limit, &follower, &goal.to_string())))?;
    Ok(follower.into_last())
}

/// Waits until an object is gone; returns its last copy.
pub(super) async fn until_gone<K: Awaited>(
    session: &Session,
    object: K,
    limit: TimeLimit,
) -> Result<K, CliError> {
    let mut follower = Follower::new(session, object);
    let reached = limit.within(vanish(&mut follower)).await;
    reached.unwrap_or_else(|| Err(timed_out(limit, &follower, "go away")))?;
    Ok(follower.into_last())
}

async fn reach(follower: &mut Follower<'_, Application>, goal: Goal) -> Result<(), CliError> {
    loop {
        let application = follower.last();
        if goal.is_reached(application) {
            return Ok(());
        }
        if application.status.state == ApplicationState::Failed {
            return Err(CliError::Failed {
                situation: application.situation(),
                clues: application.clues(),
            });
        }
        follower.tell();
        if !follower.advance().await? {
            return Err(CliError::Vanished);
        }
    }
}

async fn vanish<K: Awaited>(follower: &mut Follower<'_, K>) -> Result<(), CliError> {
    follower.tell();
    while follower.advance().await? {
        follower.tell();
    }
    Ok(())
}

fn timed_out<K: Awaited>(limit: TimeLimit, follower: &Follower<'_, K>, goal: &str) -> CliError {
    let object = follower.last();
    CliError::TimedOut {
        limit: limit.to_string(),
        goal: goal.to_owned(),
        name: object.metadata().name.clone(),
        situation: object.situation(),
        clues: object.clues(),
    }
}
