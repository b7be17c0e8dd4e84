//! Kinds of `apps` and `batch` that run pods.

use serde_json::Value;

use super::read::{condition, count, flag, integer, message, text};
use super::{Health, Pods, behind};

/// Replicas wanted; one when the object does not say.
fn wanted(object: &Value) -> u32 {
    integer(object, "/spec/replicas").map_or(1, |_| count(object, "/spec/replicas"))
}

pub(super) fn replicas(object: &Value) -> Pods {
    Pods {
        desired: wanted(object),
        running: count(object, "/status/readyReplicas"),
        ..Pods::default()
    }
}

/// Not seen by its controller at all, or not in its newest form.
fn unseen(object: &Value) -> Option<Health> {
    if integer(object, "/status/observedGeneration").is_none() {
        return Some(Health::progressing("its controller has not seen it yet"));
    }
    behind(object)
}

/// Pods cannot be created: quota, admission, service account.
fn replica_failure(object: &Value) -> Option<Health> {
    let failure = condition(object, "ReplicaFailure")?;
    (flag(failure) == Some(true)).then(|| Health::unhealthy(message(failure)))
}

pub(super) fn deployment(object: &Value) -> Health {
    if let Some(unseen) = unseen(object) {
        return unseen;
    }
    if let Some(progress) = condition(object, "Progressing")
        && text(progress, "/reason") == Some("ProgressDeadlineExceeded")
    {
        return Health::unhealthy(message(progress));
    }
    if let Some(failure) = replica_failure(object) {
        return failure;
    }
    let wanted = wanted(object);
    let [all, updated, available, ready] = [
        "replicas",
        "updatedReplicas",
        "availableReplicas",
        "readyReplicas",
    ]
    .map(|member| count(object, &format!("/status/{member}")));
    if updated < wanted {
        Health::progressing(format!("{updated} of {wanted} replicas are updated"))
    } else if all > updated {
        Health::progressing(format!("{} old replicas are still there", all - updated))
    } else if ready < wanted {
        Health::progressing(format!("{ready} of {wanted} replicas are ready"))
    } else if available < wanted {
        Health::progressing(format!("{available} of {wanted} replicas are available"))
    } else {
        Health::Healthy
    }
}

pub(super) fn replica_set(object: &Value) -> Health {
    if let Some(unseen) = unseen(object) {
        return unseen;
    }
    if let Some(failure) = replica_failure(object) {
        return failure;
    }
    let wanted = wanted(object);
    let [all, available, ready] = ["replicas", "availableReplicas", "readyReplicas"]
        .map(|member| count(object, &format!("/status/{member}")));
    if ready < wanted {
        Health::progressing(format!("{ready} of {wanted} replicas are ready"))
    } else if available < wanted {
        Health::progressing(format!("{available} of {wanted} replicas are available"))
    } else if all > wanted {
        Health::progressing(format!("{} surplus replicas are still there", all - wanted))
    } else {
        Health::Healthy
    }
}

pub(super) fn stateful_set(object: &Value) -> Health {
    if let Some(unseen) = unseen(object) {
        return unseen;
    }
    let wanted = wanted(object);
    let ready = count(object, "/status/readyReplicas");
    if ready < wanted {
        return Health::progressing(format!("{ready} of {wanted} replicas are ready"));
    }
    let all = count(object, "/status/replicas");
    if all > wanted {
        return Health::progressing(format!("{} surplus replicas are still there", all - wanted));
    }
    if text(object, "/spec/updateStrategy/type") == Some("OnDelete") {
        return Health::Healthy;
    }
    let partition = count(object, "/spec/updateStrategy/rollingUpdate/partition");
    let to_update = wanted.saturating_sub(partition);
    let updated = count(object, "/status/updatedReplicas");
    let rolled =
        partition > 0 || text(object, "/status/currentRevision") == text(object, "/status/updateRevision");
    if updated < to_update || !rolled {
        return Health::progressing(format!("{updated} of {to_update} replicas are updated"));
    }
    Health::Healthy
}

pub(super) fn daemon_set(object: &Value) -> Health {
    if let Some(unseen) = unseen(object) {
        return unseen;
    }
    let wanted = count(object, "/status/desiredNumberScheduled");
    let on_delete = text(object, "/spec/updateStrategy/type") == Some("OnDelete");
    let steps = [
        ("currentNumberScheduled", "scheduled"),
        ("updatedNumberScheduled", "updated"),
        ("numberReady", "ready"),
        ("numberAvailable", "available"),
    ];
    for (member, word) in steps {
        let there = count(object, &format!("/status/{member}"));
        if there < wanted && !(on_delete && word == "updated") {
            return Health::progressing(format!("{there} of {wanted} pods are {word}"));
        }
    }
    Health::Healthy
}

pub(super) fn daemons(object: &Value) -> Pods {
    Pods {
        desired: count(object, "/status/desiredNumberScheduled"),
        running: count(object, "/status/numberReady"),
        ..Pods::default()
    }
}

/// A job is healthy as soon as it runs: waiting for its end is not what a gate is for.
pub(super) fn job(object: &Value) -> Health {
    for (name, ended) in [("Failed", false), ("Complete", true)] {
        if let Some(found) = condition(object, name).filter(|found| flag(found) == Some(true)) {
            return if ended {
                Health::Completed
            } else {
                Health::unhealthy(message(found))
            };
        }
    }
    if text(object, "/status/startTime").is_some()
        || object.pointer("/spec/suspend") == Some(&Value::Bool(true))
    {
        Health::Healthy
    } else {
        Health::progressing("it has not started")
    }
}

pub(super) fn completions(object: &Value) -> Pods {
    Pods {
        desired: integer(object, "/spec/completions").map_or(1, |_| count(object, "/spec/completions")),
        running: count(object, "/status/active"),
        completed: count(object, "/status/succeeded"),
        failed: count(object, "/status/failed"),
    }
}
