//! Pods.

use serde_json::Value;

use super::read::{condition, flag, integer, list, message, text};
use super::{Health, Pods};

/// Why a container does not start; waiting does not help.
const STUCK: [&str; 8] = [
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

pub(super) fn health(object: &Value) -> Health {
    match text(object, "/status/phase") {
        Some("Succeeded") => Health::Completed,
        Some("Failed") => Health::unhealthy(failure(object)),
        phase => stuck(object).unwrap_or_else(|| readiness(object, phase)),
    }
}

fn failure(object: &Value) -> String {
    let told = [text(object, "/status/reason"), text(object, "/status/message")];
    let told: Vec<_> = told.into_iter().flatten().collect();
    if !told.is_empty() {
        return told.join(": ");
    }
    let failed = containers(object).find_map(|container| {
        let code = integer(container, "/state/terminated/exitCode").filter(|code| *code != 0)?;
        let name = text(container, "/name")?;
        Some(format!("container {name} ended with exit code {code}"))
    });
    failed.unwrap_or_else(|| "it failed".to_owned())
}

fn containers(object: &Value) -> impl Iterator<Item = &Value> {
    list(object, "/status/initContainerStatuses")
        .iter()
        .chain(list(object, "/status/containerStatuses"))
}

fn stuck(object: &Value) -> Option<Health> {
    containers(object).find_map(|container| {
        let reason = text(container, "/state/waiting/reason").filter(|reason| STUCK.contains(reason))?;
        let name = text(container, "/name").unwrap_or("?");
        let words = text(container, "/state/waiting/message").unwrap_or_default();
        Some(Health::unhealthy(
            format!("container {name}: {reason} {words}")
                .trim_end()
                .to_owned(),
        ))
    })
}

fn readiness(object: &Value, phase: Option<&str>) -> Health {
    let ready = condition(object, "Ready");
    if phase == Some("Running") && ready.is_none_or(|ready| flag(ready) == Some(true)) {
        return Health::Healthy;
    }
    let scheduled = condition(object, "PodScheduled").filter(|scheduled| flag(scheduled) == Some(false));
    match scheduled.or(ready) {
        Some(cause) => Health::progressing(message(cause)),
        None => Health::progressing(format!("it is {}", phase.unwrap_or("not scheduled"))),
    }
}

pub(super) fn counts(object: &Value) -> Pods {
    let mut pods = Pods {
        desired: 1,
        ..Pods::default()
    };
    match health(object) {
        Health::Healthy => pods.running = 1,
        Health::Completed => pods.completed = 1,
        Health::Unhealthy { .. } => pods.failed = 1,
        Health::Progressing { .. } => {}
    }
    pods
}
