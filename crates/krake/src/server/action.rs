//! The actions on single objects: bindings and hooks. Pure.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::object::{Change, edit};
use super::refusal::Refusal;
use crate::api::decode::{DecodeError, decode_body};
use crate::api::{
    Application, ApplicationState, ApplicationStatus, CloudBinding, Cluster, ClusterBinding, FOREIGN_OWNER,
    HookToken, Kind, MagnumCluster, MagnumClusterBinding, ReasonCode, ResourceRef, SecretText, Violations,
};

fn body<T: DeserializeOwned + schemars::JsonSchema>(bytes: &Bytes) -> Result<T, Refusal> {
    decode_body(bytes).map_err(|error: DecodeError| Refusal::Body(error))
}

/// Adds an owner, which the body names in `member`, under the same rule as for owners that a client writes.
fn own<K: Kind>(object: &mut K, member: &str, owner: &ResourceRef) -> Result<(), Refusal> {
    let metadata = object.metadata_mut();
    if !metadata.may_be_owned_by(owner) {
        let mut violations = Violations::new();
        violations.add(format!("{member}.namespace"), FOREIGN_OWNER);
        return Err(DecodeError::Invalid(violations).into());
    }
    if !metadata.owners.contains(owner) {
        metadata.owners.push(owner.clone());
    }
    Ok(())
}

/// The scheduler chose a cluster for an application.
pub(super) fn bind_application(bytes: &Bytes) -> Result<Change, Refusal> {
    let binding: ClusterBinding = body(bytes)?;
    Ok(Box::new(move |entry, now| {
        edit::<Application>(entry, |application| {
            application.status.scheduled = Some(now);
            application.status.kube_controller_triggered = Some(now);
            application.status.scheduled_to = Some(binding.cluster.clone());
            own(application, "cluster", &binding.cluster)
        })
    }))
}

/// The scheduler chose a cloud for a cluster.
pub(super) fn bind_cluster(bytes: &Bytes) -> Result<Change, Refusal> {
    let binding: CloudBinding = body(bytes)?;
    Ok(Box::new(move |entry, now| {
        edit::<Cluster>(entry, |cluster| {
            cluster.status.scheduled = Some(now);
            cluster.status.scheduled_to = Some(binding.cloud.clone());
            own(cluster, "cloud", &binding.cloud)
        })
    }))
}

/// The scheduler chose a project and its template for a Magnum cluster.
pub(super) fn bind_magnum_cluster(bytes: &Bytes) -> Result<Change, Refusal> {
    let binding: MagnumClusterBinding = body(bytes)?;
    Ok(Box::new(move |entry, _| {
        edit::<MagnumCluster>(entry, |cluster| {
            cluster.status.project = Some(binding.project.clone());
            cluster.status.template = Some(binding.template.clone());
            own(cluster, "project", &binding.project)
        })
    }))
}

/// The workload says that it is done: the application goes.
pub(super) fn complete(bytes: &Bytes) -> Result<Change, Refusal> {
    let hook: HookToken = body(bytes)?;
    Ok(Box::new(move |entry, now| {
        edit::<Application>(entry, |application| {
            check_token(&hook, application.status.complete_token.as_ref())?;
            application.status.state = ApplicationState::ReadyForAction;
            application.metadata.deleted.get_or_insert(now);
            Ok(())
        })
    }))
}

/// The workload says that it is ready to be stopped.
pub(super) fn shutdown(bytes: &Bytes) -> Result<Change, Refusal> {
    let hook: HookToken = body(bytes)?;
    Ok(Box::new(move |entry, _| {
        edit::<Application>(entry, |application| {
            check_token(&hook, application.status.shutdown_token.as_ref())?;
            let is_awaited = matches!(
                application.status.state,
                ApplicationState::WaitingForCleaning | ApplicationState::Degraded
            );
            if is_awaited {
                application.status.state = ApplicationState::ReadyForAction;
                application.status.shutdown_grace_period = None;
            }
            Ok(())
        })
    }))
}

/// Somebody wants another try: after a failed shutdown, or at finding a cluster. The body, if any, says nothing.
#[expect(clippy::unnecessary_wraps, reason = "all actions share one signature")]
pub(super) fn retry(_: &Bytes) -> Result<Change, Refusal> {
    Ok(Box::new(|entry, _| {
        edit::<Application>(entry, |application| {
            if is_without_place(&application.status) {
                search_anew(&mut application.status);
                return Ok(());
            }
            if application.status.state != ApplicationState::Degraded {
                return Err(Refusal::NothingToRetry);
            }
            application.status.state = ApplicationState::WaitingForCleaning;
            application.status.shutdown_grace_period = None;
            Ok(())
        })
    }))
}

fn is_without_place(status: &ApplicationStatus) -> bool {
    let reason = status.reason.as_ref().map(|reason| reason.code);
    reason == Some(ReasonCode::NoSuitableResource)
        && matches!(
            status.state,
            ApplicationState::Degraded | ApplicationState::Failed
        )
}

/// As if no attempt had been made: the scheduler makes the first one at once.
fn search_anew(status: &mut ApplicationStatus) {
    status.reason = None;
    status.retries = None;
    status.scheduled_retry = None;
    status.state = if status.running_on.is_some() {
        ApplicationState::Running
    } else {
        ApplicationState::Pending
    };
}

/// Compares in time that does not depend on where the texts differ.
fn check_token(hook: &HookToken, stored: Option<&SecretText>) -> Result<(), Refusal> {
    let (Some(sent), Some(stored)) = (hook.token.as_deref(), stored) else {
        return Err(Refusal::Token);
    };
    let (sent, stored) = (sent.as_bytes(), stored.expose().as_bytes());
    let difference = sent
        .iter()
        .zip(stored)
        .fold(0, |difference, (a, b)| difference | (a ^ b));
    if sent.len() == stored.len() && difference == 0 {
        Ok(())
    } else {
        Err(Refusal::Token)
    }
}
