//! Who is handled, and how moves go on, end and are given up.

use serde_json::json;

use super::*;
use crate::api::{CASCADE_DELETION, Cluster, ObjectRef};

fn at(seconds: i64) -> Timestamp {
    Timestamp::default().plus_seconds(1000 + seconds)
}

fn cluster(name: &str) -> ResourceRef {
    ResourceRef::to::<Cluster>(Some("tarn"), name)
}

/// Modified at 0 and confirmed by the scheduler at 1.
fn application(running_on: Option<&str>, scheduled_to: Option<&str>) -> Application {
    let mut application: Application = serde_json::from_value(json!({
        "metadata": {"name": "pond", "namespace": "tarn"},
        "spec": {"manifest": [], "constraints": {"cluster": {}}}
    }))
    .unwrap();
    application.metadata.modified = at(0);
    application.status.kube_controller_triggered = Some(at(1));
    application.status.running_on = running_on.map(cluster);
    application.status.scheduled_to = scheduled_to.map(cluster);
    application.status.placements = running_on.iter().map(|name| placed(name)).collect();
    application
}

fn placed(name: &str) -> Placement {
    let object = ObjectRef {
        api_version: "v1".to_owned(),
        kind: "ConfigMap".to_owned(),
        namespace: Some("default".to_owned()),
        name: "reed".to_owned(),
    };
    Placement {
        cluster: cluster(name),
        objects: vec![object],
    }
}

fn stage(application: &Application, standing: impl Fn(&ResourceRef) -> Standing, now: Timestamp) -> Stage {
    super::stage(application, Acceptance::of(application), standing, now)
}

fn all_usable(_: &ResourceRef) -> Standing {
    Standing::Usable
}

fn except(name: &'static str, standing: Standing) -> impl Fn(&ResourceRef) -> Standing {
    move |cluster| {
        if cluster.name == name {
            standing
        } else {
            Standing::Usable
        }
    }
}

fn step(application: &Application, standing: impl Fn(&ResourceRef) -> Standing) -> Option<MoveStep> {
    match stage(application, standing, at(10)) {
        Stage::Move { step, .. } => Some(step),
        _ => None,
    }
}

#[test]
fn only_applications_that_the_scheduler_has_confirmed_are_placed() {
    assert_eq!(stage(&application(None, None), all_usable, at(2)), Stage::Rest);
    let mut application = application(None, Some("c1"));
    assert_eq!(
        stage(&application, all_usable, at(2)),
        Stage::Place { on: cluster("c1") }
    );
    application.status.kube_controller_triggered = Some(at(0));
    assert_eq!(
        stage(&application, all_usable, at(2)),
        Stage::Place { on: cluster("c1") }
    );
    application.metadata.modified = at(5);
    assert_eq!(
        stage(&application, all_usable, at(6)),
        Stage::Rest,
        "updated, not confirmed yet"
    );
    application.status.kube_controller_triggered = None;
    assert_eq!(stage(&application, all_usable, at(6)), Stage::Rest);
}

#[test]
fn a_deleted_application_is_handled_when_the_own_finalizer_is_the_last_one() {
    let mut application = application(Some("c1"), Some("c1"));
    application.metadata.deleted = Some(at(3));
    application.status.state = ApplicationState::Failed;
    for (finalizers, expected) in [
        (vec![], Stage::Rest),
        (vec![KUBERNETES_RESOURCES_DELETION, CASCADE_DELETION], Stage::Rest),
        (
            vec![CASCADE_DELETION, KUBERNETES_RESOURCES_DELETION],
            Stage::Delete,
        ),
        (vec![KUBERNETES_RESOURCES_DELETION], Stage::Delete),
    ] {
        application.metadata.finalizers = finalizers.into_iter().map(str::to_owned).collect();
        assert_eq!(stage(&application, all_usable, at(4)), expected);
    }
}

#[test]
fn an_application_starts_at_the_new_place_before_it_stops_at_the_old_one() {
    let mut application = application(Some("c1"), Some("c2"));
    assert_eq!(step(&application, all_usable), Some(MoveStep::StartThenSwitch));
    application.status.placements.push(placed("c2"));
    assert_eq!(step(&application, all_usable), Some(MoveStep::StartThenSwitch));
    assert_eq!(
        leftovers(&application, &stage(&application, all_usable, at(2))),
        Vec::<&Placement>::new()
    );
}

#[test]
fn stop_then_start_never_has_two_copies() {
    let mut application = application(Some("c1"), Some("c2"));
    application.spec.migration_strategy = MigrationStrategy::StopThenStart;
    let first = stage(&application, all_usable, at(2));
    assert_eq!(step(&application, all_usable), Some(MoveStep::StopFirst));
    assert_eq!(leftovers(&application, &first), [&placed("c1")]);
    application.status.placements.clear();
    assert_eq!(step(&application, all_usable), Some(MoveStep::StartAndSwitch));
}

#[test]
fn nobody_waits_for_a_cluster_that_is_lost() {
    for standing in [Standing::Lost, Standing::Absent] {
        for strategy in [MigrationStrategy::StartThenStop, MigrationStrategy::StopThenStart] {
            let mut application = application(Some("c1"), Some("c2"));
            application.spec.migration_strategy = strategy;
            assert_eq!(
                step(&application, except("c1", standing)),
                Some(MoveStep::StartAndSwitch)
            );
            application.status.migration_started = Some(at(-5000));
            assert_eq!(
                step(&application, except("c1", standing)),
                Some(MoveStep::StartAndSwitch),
                "there is nothing to return to"
            );
        }
    }
    let lost = application(Some("c1"), Some("c1"));
    assert_eq!(
        stage(&lost, except("c1", Standing::Lost), at(2)),
        Stage::Await { on: cluster("c1") }
    );
}

#[test]
fn a_move_is_given_up_when_its_target_vanishes_or_its_time_is_over() {
    let mut application = application(Some("c1"), Some("c2"));
    let back = |cause| Stage::Return {
        to: cluster("c1"),
        from: cluster("c2"),
        cause,
    };
    for standing in [Standing::Absent, Standing::Going] {
        assert_eq!(
            stage(&application, except("c2", standing), at(2)),
            back(ReturnCause::TargetGone)
        );
    }
    application.status.migration_started = Some(at(10));
    assert_eq!(step(&application, all_usable), Some(MoveStep::StartThenSwitch));
    assert_eq!(
        stage(&application, all_usable, at(10 + DEFAULT_MIGRATION_TIMEOUT)),
        back(ReturnCause::TimedOut)
    );
    application.spec.migration_timeout = Some(7);
    assert!(matches!(
        stage(&application, all_usable, at(16)),
        Stage::Move { .. }
    ));
    let given_up = stage(&application, all_usable, at(17));
    assert_eq!(given_up, back(ReturnCause::TimedOut));
    application.status.placements.push(placed("c2"));
    assert_eq!(leftovers(&application, &given_up), [&placed("c2")]);
}

#[test]
fn what_was_left_elsewhere_is_remembered_until_it_is_gone() {
    let mut application = application(Some("c1"), Some("c1"));
    application.status.placements.push(placed("c2"));
    application.status.placements.push(placed("c3"));
    let place = stage(&application, all_usable, at(2));
    assert_eq!(leftovers(&application, &place), [&placed("c2"), &placed("c3")]);
    application.metadata.deleted = Some(at(3));
    application.metadata.finalizers = vec![KUBERNETES_RESOURCES_DELETION.to_owned()];
    assert_eq!(leftovers(&application, &Stage::Delete).len(), 3);
}

#[test]
fn a_cluster_that_answers_can_be_cleaned_up_while_its_record_goes() {
    assert_eq!(Standing::of(ClusterState::Online, true), Standing::Going);
    assert!(Standing::of(ClusterState::Pending, false).answers());
    assert!(!Standing::of(ClusterState::Offline, true).answers());
}
