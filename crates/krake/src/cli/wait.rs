//! `--wait`: answers at once when the state is reached, and says why it waits until then.

use std::pin::pin;

use clap::ValueEnum;
use futures::StreamExt;
use serde_json::Value;

use super::error::CliError;
use super::session::Session;
use crate::api::{Application, ApplicationState, Kind, WatchEventType};
use crate::client::Namespaces;

/// States for which a creation can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CreatedState {
    /// The application is stored.
    Pending,
    /// It is placed on a cluster.
    Creating,
    /// It runs, or has run to its end.
    Running,
}

/// States for which an update can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum UpdatedState {
    /// The change is on its way to the cluster.
    Reconciling,
    /// The change is applied and the application runs.
    Running,
}

/// States for which a deletion can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DeletedState {
    /// The deletion has begun.
    Deleting,
    /// The application is gone.
    Deleted,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
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
    fn is_reached(self, application: &Application) -> bool {
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

/// Waits until an application has reached a goal.
pub(super) async fn until(
    session: &Session,
    application: Application,
    goal: Goal,
) -> Result<Application, CliError> {
    let mut current = Some(application);
    let mut teller = Teller::default();
    loop {
        let Some(application) = current.take() else {
            return Err(CliError::Vanished);
        };
        if goal.is_reached(&application) {
            return Ok(application);
        }
        if application.status.state == ApplicationState::Failed {
            return Err(CliError::Failed {
                reason: reason_of(&application),
            });
        }
        teller.tell(session, &application);
        current = next_copy(session, &application).await?;
    }
}

/// Waits until an object is gone; returns its last copy.
pub(super) async fn until_gone<K: Kind>(session: &Session, object: K) -> Result<K, CliError> {
    let mut last = object;
    session.note(&format!("waiting until {} is gone", last.metadata().name));
    while let Some(newer) = next_copy(session, &last).await? {
        last = newer;
    }
    Ok(last)
}

/// The next copy of an object, or nothing when it is gone or another one took its name.
async fn next_copy<K: Kind>(session: &Session, object: &K) -> Result<Option<K>, CliError> {
    let metadata = object.metadata();
    let namespaces = metadata
        .namespace
        .as_deref()
        .map_or(Namespaces::All, Namespaces::One);
    loop {
        let mut events = pin!(
            session
                .client
                .watch::<K>(namespaces, metadata.resource_version.as_deref())
                .await?
        );
        while let Some(event) = events.next().await {
            let event = match event {
                Ok(event) => event,
                Err(error) if error.status().is_some() && !error.is_gone() => return Err(error.into()),
                Err(_) => break,
            };
            if event.object.metadata().uid == metadata.uid {
                return Ok(match event.event_type {
                    WatchEventType::Deleted => None,
                    WatchEventType::Added | WatchEventType::Modified | WatchEventType::Error => {
                        Some(event.object)
                    }
                });
            }
        }
        if let Some(newer) = newer_copy(session, object).await? {
            return Ok(newer);
        }
    }
}

/// After a watch that ended: what has become of the object, if anything has.
async fn newer_copy<K: Kind>(session: &Session, object: &K) -> Result<Option<Option<K>>, CliError> {
    let metadata = object.metadata();
    match session
        .client
        .get::<K>(metadata.namespace.as_deref(), &metadata.name)
        .await
    {
        Ok(newer) if newer.metadata().uid != metadata.uid => Ok(Some(None)),
        Ok(newer) if newer.metadata().resource_version != metadata.resource_version => Ok(Some(Some(newer))),
        Ok(_) => Ok(None),
        Err(error) if error.is_not_found() => Ok(Some(None)),
        Err(error) => Err(error.into()),
    }
}

fn reason_of(application: &Application) -> String {
    application
        .status
        .reason
        .as_ref()
        .map_or_else(String::new, |reason| reason.message.clone())
}

/// Tells on standard error why the command still waits, whenever that changes.
#[derive(Default)]
struct Teller {
    said: String,
}

impl Teller {
    fn tell(&mut self, session: &Session, application: &Application) {
        let state = super::table::wire_name(application.status.state);
        let place = application
            .status
            .scheduled_to
            .as_ref()
            .map(|cluster| format!(" on {}", cluster.name));
        let reason = application
            .status
            .reason
            .as_ref()
            .map(|reason| format!(": {}", reason.message));
        let text = format!(
            "waiting, {} is {state}{}{}",
            application.metadata.name,
            place.unwrap_or_default(),
            reason.unwrap_or_default()
        );
        if text != self.said {
            session.note(&text);
            self.said = text;
        }
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
