//! Where an application stands and what comes next. Pure: everything that is known goes in as values.

use crate::api::{
    Application, ApplicationState, ClusterState, KUBERNETES_RESOURCES_DELETION, MigrationStrategy, Placement,
    ResourceRef, Timestamp,
};

/// What is known of a cluster's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can be talked to, as far as is known.
    Usable,
    /// Its record says that it does not answer.
    Lost,
    /// Its record is being deleted.
    Going,
    /// There is no record.
    Absent,
}

impl Standing {
    /// From the state in the record.
    pub(super) fn of(state: ClusterState, is_deleted: bool) -> Self {
        match state {
            ClusterState::Offline => Self::Lost,
            ClusterState::Pending
            | ClusterState::Online
            | ClusterState::Connecting
            | ClusterState::Unhealthy
            | ClusterState::NotReady
            | ClusterState::FailingMetrics
            | ClusterState::Creating
            | ClusterState::Reconciling
            | ClusterState::Deleting
            | ClusterState::FailingReconciliation
            | ClusterState::Failed
            | ClusterState::Degraded => {
                if is_deleted {
                    Self::Going
                } else {
                    Self::Usable
                }
            }
        }
    }

    /// Whether requests make sense.
    pub(super) fn answers(self) -> bool {
        matches!(self, Self::Usable | Self::Going)
    }
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing of the application's own; leftovers may remain to be cleaned up.
    Rest,
    /// Remove everything everywhere, then let the application go.
    Delete,
    /// Bring the objects on the cluster into line.
    Place {
        /// Where it runs or shall run first.
        on: ResourceRef,
    },
    /// The cluster does not answer; say so and wait.
    Await {
        /// Which one.
        on: ResourceRef,
    },
    /// It changes its place.
    Move {
        /// Where it runs.
        from: ResourceRef,
        /// Where it shall run.
        to: ResourceRef,
        /// How.
        step: MoveStep,
    },
    /// A move came to nothing: it stays where it is.
    Return {
        /// Where it runs.
        to: ResourceRef,
        /// Where it did not get to.
        from: ResourceRef,
        /// Why.
        cause: ReturnCause,
    },
}

/// Step of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MoveStep {
    /// Start at the new place and switch over once it is healthy there.
    StartThenSwitch,
    /// Start at the new place and switch over at once, for there is nothing left to keep.
    StartAndSwitch,
    /// Stop at the old place first.
    StopFirst,
}

/// Why a move came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReturnCause {
    /// The new cluster's record is gone or going.
    TargetGone,
    /// It did not become healthy in time.
    TimedOut,
}

/// Seconds that the new copy may take when the application does not say.
pub(super) const DEFAULT_MIGRATION_TIMEOUT: i64 = 300;

/// Whether the scheduler has seen the newest specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acceptance {
    /// It has.
    Accepted,
    /// Not yet.
    Open,
}

impl Acceptance {
    /// From the application's own marks.
    pub(super) fn of(application: &Application) -> Self {
        let modified = application.metadata.modified;
        match application.status.kube_controller_triggered {
            Some(triggered) if triggered >= modified => Self::Accepted,
            Some(_) | None => Self::Open,
        }
    }
}

/// Decides what comes next.
pub(super) fn stage(
    application: &Application,
    acceptance: Acceptance,
    standing: impl Fn(&ResourceRef) -> Standing,
    now: Timestamp,
) -> Stage {
    if application.metadata.is_deleted() {
        return deletion(application);
    }
    let status = &application.status;
    let Some(target) = &status.scheduled_to else {
        return Stage::Rest;
    };
    match &status.running_on {
        Some(current) if current != target => {
            moving(application, acceptance, (current, target), standing, now)
        }
        Some(_) | None => match standing(target) {
            Standing::Absent => Stage::Rest,
            Standing::Lost => Stage::Await { on: target.clone() },
            Standing::Usable | Standing::Going => match acceptance {
                Acceptance::Accepted => Stage::Place { on: target.clone() },
                Acceptance::Open => Stage::Rest,
            },
        },
    }
}

fn deletion(application: &Application) -> Stage {
    if application.metadata.last_finalizer() == Some(KUBERNETES_RESOURCES_DELETION) {
        Stage::Delete
    } else {
        Stage::Rest
    }
}

fn moving(
    application: &Application,
    acceptance: Acceptance,
    (current, target): (&ResourceRef, &ResourceRef),
    standing: impl Fn(&ResourceRef) -> Standing,
    now: Timestamp,
) -> Stage {
    let leave = |cause| Stage::Return {
        to: current.clone(),
        from: target.clone(),
        cause,
    };
    let proceed = |step| Stage::Move {
        from: current.clone(),
        to: target.clone(),
        step,
    };
    let is_kept = standing(current).answers();
    match standing(target) {
        Standing::Absent | Standing::Going if is_kept => return leave(ReturnCause::TargetGone),
        // The scheduler has to find another place.
        Standing::Absent | Standing::Going => return Stage::Rest,
        Standing::Usable | Standing::Lost => {}
    }
    if is_kept && is_overdue(application, now) {
        return leave(ReturnCause::TimedOut);
    }
    if acceptance == Acceptance::Open {
        return Stage::Rest;
    }
    if standing(target) == Standing::Lost {
        return Stage::Await { on: target.clone() };
    }
    match application.spec.migration_strategy {
        _ if !is_kept => proceed(MoveStep::StartAndSwitch),
        MigrationStrategy::StartThenStop => proceed(MoveStep::StartThenSwitch),
        MigrationStrategy::StopThenStart if is_placed(application, current) => proceed(MoveStep::StopFirst),
        MigrationStrategy::StopThenStart => proceed(MoveStep::StartAndSwitch),
    }
}

/// End of the time that the new copy has to become healthy.
pub(super) fn migration_deadline(application: &Application) -> Option<Timestamp> {
    let seconds = application
        .spec
        .migration_timeout
        .unwrap_or(DEFAULT_MIGRATION_TIMEOUT);
    Some(application.status.migration_started?.plus_seconds(seconds))
}

fn is_overdue(application: &Application, now: Timestamp) -> bool {
    migration_deadline(application).is_some_and(|deadline| deadline <= now)
}

fn is_placed(application: &Application, cluster: &ResourceRef) -> bool {
    placement(application, cluster).is_some_and(|placement| !placement.objects.is_empty())
}

/// What may be on a cluster.
pub(super) fn placement<'a>(application: &'a Application, cluster: &ResourceRef) -> Option<&'a Placement> {
    application
        .status
        .placements
        .iter()
        .find(|placement| placement.cluster == *cluster)
}

/// Clusters where something is left that has no business there any more.
pub(super) fn leftovers<'a>(application: &'a Application, stage: &Stage) -> Vec<&'a Placement> {
    let status = &application.status;
    status
        .placements
        .iter()
        .filter(|placement| {
            let wanted = Some(&placement.cluster);
            match stage {
                Stage::Delete => true,
                Stage::Move {
                    step: MoveStep::StopFirst,
                    ..
                } => wanted != status.scheduled_to.as_ref(),
                Stage::Return { .. } => wanted != status.running_on.as_ref(),
                Stage::Rest | Stage::Place { .. } | Stage::Await { .. } | Stage::Move { .. } => {
                    wanted != status.running_on.as_ref() && wanted != status.scheduled_to.as_ref()
                }
            }
        })
        .collect()
}

/// A state that says what is going on before the cluster has answered.
pub(super) fn state_during(application: &Application, stage: &Stage) -> ApplicationState {
    match stage {
        Stage::Delete => ApplicationState::Deleting,
        Stage::Move { .. } => ApplicationState::Migrating,
        Stage::Place { .. } if application.status.running_on.is_none() => ApplicationState::Creating,
        Stage::Place { .. } => ApplicationState::Reconciling,
        Stage::Rest | Stage::Await { .. } | Stage::Return { .. } => application.status.state,
    }
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
