//! Members of a shoot's specification that others write: scheduler, maintenance, hibernation schedules.

use serde_json::Value;

use super::{Case, Ignored, Instead, left_out};
use crate::landscape::Version;
use crate::landscape::observed::Observed;

const KUBERNETES: &str = "/spec/kubernetes/version";

/// The scheduler chooses, and moves.
pub(super) fn seed_name(case: Case<'_>) -> Vec<Ignored> {
    left_out(case, "/spec/seedName", "the scheduler chooses the seed")
}

/// Maintenance brings newer patches.
pub(super) fn kubernetes(case: Case<'_>) -> Vec<Ignored> {
    match newer_patch(case.git.value(KUBERNETES), case.live.value(KUBERNETES)) {
        Some(live) => left_out(case, KUBERNETES, behind("Kubernetes", live)),
        None => Vec::new(),
    }
}

/// Maintenance brings newer images and patches to groups of workers, which are found by their names.
pub(super) fn workers(case: Case<'_>) -> Vec<Ignored> {
    let groups = case.git.list("/spec/provider/workers").enumerate();
    groups
        .filter_map(|(index, git)| {
            let live = case
                .live
                .list("/spec/provider/workers")
                .find(|live| live.get("name") == git.get("name"))?;
            Some(worker(index, git, live))
        })
        .flatten()
        .collect()
}

/// A schedule hibernates and wakes. Without one, who toggles it does so against Git.
pub(super) fn hibernation(case: Case<'_>) -> Vec<Ignored> {
    let has_schedule = |shoot: Observed<'_>| shoot.list("/spec/hibernation/schedules").next().is_some();
    if !has_schedule(case.git) {
        return Vec::new();
    }
    left_out(
        case,
        "/spec/hibernation/enabled",
        "a schedule hibernates the shoot",
    )
}

fn worker(index: usize, git: &Value, live: &Value) -> Vec<Ignored> {
    let mut ignored = Vec::new();
    let name = git.get("name").and_then(Value::as_str).unwrap_or_default();
    let mut keep = |member: &str, what: &str, value: &str| {
        ignored.push(Ignored {
            pointer: format!("/spec/provider/workers/{index}{member}"),
            instead: Instead::Keep(Value::String(value.to_owned())),
            why: behind(&format!("the {what} of workers {name}"), value),
        });
    };
    let image = "/machine/image/version";
    let is_same_image = git.pointer("/machine/image/name") == live.pointer("/machine/image/name");
    if let Some(value) = newer(git.pointer(image), live.pointer(image)).filter(|_| is_same_image) {
        keep(image, "image", value);
    }
    let kubernetes = "/kubernetes/version";
    if let Some(value) = newer_patch(git.pointer(kubernetes), live.pointer(kubernetes)) {
        keep(kubernetes, "Kubernetes", value);
    }
    ignored
}

fn behind(what: &str, live: &str) -> String {
    format!("Git is behind: {what} is {live}")
}

/// The version that is there, where it is a newer patch of the same minor.
fn newer_patch<'a>(git: Option<&Value>, live: Option<&'a Value>) -> Option<&'a str> {
    let (git, live) = (git?.as_str()?, live?.as_str()?);
    let (wanted, is) = (git.parse::<Version>().ok()?, live.parse::<Version>().ok()?);
    let is_newer = is.minors_ahead_of(&wanted) == Some(0) && is > wanted;
    is_newer.then_some(live)
}

/// The version that is there, where it is newer at all.
fn newer<'a>(git: Option<&Value>, live: Option<&'a Value>) -> Option<&'a str> {
    let (git, live) = (git?.as_str()?, live?.as_str()?);
    let (wanted, is) = (git.parse::<Version>().ok()?, live.parse::<Version>().ok()?);
    (is > wanted).then_some(live)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::super::{Surroundings, of, take_out};
    use super::*;

    fn shoot(kubernetes: &str, image: &str) -> Value {
        json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Shoot",
        "metadata": {"name": "a", "namespace": "garden-dev"},
        "spec": {"kubernetes": {"version": kubernetes}, "provider": {"workers": [
            {"name": "one", "machine": {"image": {"name": "gardenlinux", "version": image}}},
        ]}}})
    }

    fn with_others(mut shoot: Value) -> Value {
        let other = json!({"name": "zero", "machine": {"image": {"name": "ubuntu", "version": "1.0.0"}}});
        shoot["spec"]["provider"]["workers"]
            .as_array_mut()
            .unwrap()
            .insert(0, other);
        shoot
    }

    fn applied(git: &Value, live: &Value) -> (Value, Vec<String>) {
        let seeds = BTreeSet::new();
        let ignored = of(
            git,
            Some(live),
            Surroundings {
                seeds: &seeds,
                versions: None,
            },
        );
        let mut git = git.clone();
        take_out(&mut git, &ignored);
        (git, ignored.into_iter().map(|ignored| ignored.why).collect())
    }

    /// T3a
    #[test]
    fn newer_patches_of_maintenance_stay() {
        let (wanted, whys) = applied(
            &shoot("1.34.1", "1443.3.0"),
            &with_others(shoot("1.34.2", "1592.1.0")),
        );
        assert_eq!(wanted.pointer(KUBERNETES), None);
        assert_eq!(
            wanted["spec"]["provider"]["workers"][0]["machine"]["image"]["version"], "1592.1.0",
            "of the group of the same name, and kept in the list"
        );
        assert_eq!(whys[0], "Git is behind: Kubernetes is 1.34.2");
    }

    /// T3b
    #[test]
    fn what_git_wants_newer_or_older_by_a_minor_is_applied() {
        for (git, live) in [("1.35.0", "1.34.2"), ("1.34.3", "1.34.2"), ("1.34.9", "1.35.0")] {
            let git = shoot(git, "2.0.0");
            assert_eq!(applied(&git, &shoot(live, "1.0.0")).0, git);
        }
        let mut other_image = shoot("1.34.1", "1.0.0");
        other_image["spec"]["provider"]["workers"][0]["machine"]["image"]["name"] = json!("ubuntu");
        assert_eq!(applied(&other_image, &shoot("1.34.1", "9.0.0")).0, other_image);
    }

    /// T4
    #[test]
    fn the_schedulers_choice_stays() {
        let mut git = shoot("1.34.1", "1.0.0");
        git["spec"]["seedName"] = json!("soil");
        let mut live = git.clone();
        live["spec"]["seedName"] = json!("eu");
        assert_eq!(applied(&git, &live).0.pointer("/spec/seedName"), None);
    }

    /// T5
    #[test]
    fn hibernation_is_git_s_unless_there_is_a_schedule() {
        let mut git = shoot("1.34.1", "1.0.0");
        git["spec"]["hibernation"] = json!({"enabled": false});
        assert_eq!(applied(&git, &git).0, git);
        git["spec"]["hibernation"]["schedules"] = json!([{"start": "0 20 * * *"}]);
        let (wanted, _) = applied(&git, &git);
        assert_eq!(
            wanted["spec"]["hibernation"],
            json!({"schedules": [{"start": "0 20 * * *"}]})
        );
    }
}
