//! What `--wait` waits for, and how it is recognised. Pure.

use std::fmt;

use clap::ValueEnum;
use serde_json::Value;

use crate::api::{Application, ApplicationState};

/// States for which a creation can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CreatedState {
    /// The application is stored.
    Pending,
    /// It is placed on a cluster.
    Creating,
    /// It runs, or has run to its end.
    Running,
}

/// States for which an update can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum UpdatedState {
    /// The change is on its way to the cluster.
    Reconciling,
    /// The change is applied and the application runs.
    Running,
}

/// States for which a deletion can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DeletedState {
    /// The deletion has begun.
    Deleting,
    /// The application is gone.
    Deleted,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Goal {
    /// A creation.
    Created(CreatedState),
    /// An update.
    Updated(UpdatedState),
}

impl From<CreatedState> for Goal {
    fn from(state: CreatedState) -> Self {
        Self::Created(state)
    }
}

impl From<UpdatedState> for Goal {
    fn from(state: UpdatedState) -> Self {
        Self::Updated(state)
    }
}

impl Goal {
    pub(super) fn is_reached(self, application: &Application) -> bool {
        let state = application.status.state;
        let runs = matches!(state, ApplicationState::Running | ApplicationState::Completed);
        match self {
            Self::Created(CreatedState::Pending) => true,
            Self::Created(CreatedState::Creating) => state != ApplicationState::Pending,
            Self::Created(CreatedState::Running) => runs,
            Self::Updated(UpdatedState::Reconciling) => {
                state == ApplicationState::Reconciling || (runs && is_applied(application))
            }
            Self::Updated(UpdatedState::Running) => runs && is_applied(application),
        }
    }
}

/// In a sentence: the application did not …
impl fmt::Display for Goal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Created(CreatedState::Pending) => "get stored",
            Self::Created(CreatedState::Creating) => "find a cluster",
            Self::Created(CreatedState::Running) => "run",
            Self::Updated(UpdatedState::Reconciling) => "take over the change",
            Self::Updated(UpdatedState::Running) => "run with the change",
        })
    }
}

/// Whether the present specification has reached the cluster: `RUNNING` alone may still speak of the one
/// before. The scheduler has seen it, the application is where it shall be, and its objects are those of the
/// manifest.
fn is_applied(application: &Application) -> bool {
    let status = &application.status;
    let is_seen = status.kube_controller_triggered >= Some(application.metadata.modified);
    is_seen && status.running_on == status.scheduled_to && is_manifest_applied(application)
}

fn is_manifest_applied(application: &Application) -> bool {
    let applied = &application.status.last_applied_manifest;
    let identity = |object: &Value| {
        ["/apiVersion", "/kind", "/metadata/name"].map(|pointer| object.pointer(pointer).cloned())
    };
    application.spec.manifest.iter().all(|wanted| {
        let found = applied.iter().find(|object| identity(object) == identity(wanted));
        found.is_some_and(|object| contains(object, wanted))
    })
}

/// Whether everything that `wanted` says stands in `actual`, which may say more.
fn contains(actual: &Value, wanted: &Value) -> bool {
    match (actual, wanted) {
        (Value::Object(actual), Value::Object(wanted)) => {
            let holds = |(name, value): (&String, &Value)| match actual.get(name) {
                Some(actual) => contains(actual, value),
                None => value.is_null(),
            };
            wanted.iter().all(holds)
        }
        (Value::Array(actual), Value::Array(wanted)) => {
            actual.len() >= wanted.len()
                && actual
                    .iter()
                    .zip(wanted)
                    .all(|(actual, wanted)| contains(actual, wanted))
        }
        (actual, wanted) => actual == wanted,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn application(state: ApplicationState, applied: Value) -> Application {
        let mut application: Application = serde_json::from_value(json!({
            "metadata": {"name": "a", "namespace": "n"},
            "spec": {
                "manifest": [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 2}]}}],
                "constraints": {"cluster": {}},
            },
        }))
        .unwrap();
        application.status.state = state;
        application.status.kube_controller_triggered = Some(application.metadata.modified);
        application.status.last_applied_manifest = vec![applied];
        application
    }

    fn service(port: u16) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "default"},
            "spec": {"type": "ClusterIP", "ports": [{"port": port, "protocol": "TCP"}]}})
    }

    #[test]
    fn an_update_is_done_only_when_the_new_manifest_is_applied() {
        let goal = Goal::Updated(UpdatedState::Running);
        assert!(!goal.is_reached(&application(ApplicationState::Running, service(1))));
        assert!(goal.is_reached(&application(ApplicationState::Running, service(2))));
        assert!(!goal.is_reached(&application(ApplicationState::Reconciling, service(2))));
    }

    #[test]
    fn an_update_is_not_done_before_the_scheduler_saw_it_and_the_move_ended() {
        let goal = Goal::Updated(UpdatedState::Running);
        let mut unseen = application(ApplicationState::Running, service(2));
        unseen.metadata.modified = unseen.metadata.modified.plus_seconds(1);
        assert!(!goal.is_reached(&unseen));
        let mut moving = application(ApplicationState::Running, service(2));
        moving.status.scheduled_to = Some(crate::api::ResourceRef::to::<crate::api::Cluster>(Some("n"), "c"));
        assert!(!goal.is_reached(&moving));
    }

    #[test]
    fn a_creation_that_is_further_than_asked_for_is_done() {
        let running = application(ApplicationState::Running, service(2));
        for state in CreatedState::value_variants() {
            assert!(Goal::Created(*state).is_reached(&running), "{state:?}");
        }
        let pending = application(ApplicationState::Pending, service(2));
        assert!(Goal::Created(CreatedState::Pending).is_reached(&pending));
        assert!(!Goal::Created(CreatedState::Creating).is_reached(&pending));
    }
}
