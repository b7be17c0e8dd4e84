//! Which applications are decided about at all.

use super::*;

#[test]
fn an_application_that_was_never_scheduled_is_placed() {
    assert!(matches!(
        decide_in(&inputs([cluster("c1")]), &application()),
        Decision::Bind { .. }
    ));
}

#[test]
fn an_application_that_was_updated_is_confirmed_where_it_is() {
    let mut updated = application().on("c1", 300);
    updated.metadata.modified = now();
    assert_eq!(decide_in(&inputs([cluster("c1")]), &updated), Decision::Confirm);
}

#[test]
fn an_application_that_was_scheduled_a_moment_ago_is_looked_at_again_after_the_interval() {
    let placed = application().on("c1", 10);
    let decision = decide_in(&inputs([cluster("c1"), cluster("c2")]), &placed);
    let until = Some(now().plus_seconds(50));
    assert_eq!(decision, Decision::Keep { until });
}

#[test]
fn an_application_that_must_not_migrate_is_not_looked_at_again() {
    let mut placed = application().on("c1", 10);
    placed.spec.constraints.migration = false;
    assert_eq!(
        decide_in(&inputs([cluster("c1")]), &placed),
        Decision::Keep { until: None }
    );
}

#[test]
fn an_application_that_must_not_migrate_still_gets_its_updates_confirmed() {
    let mut placed = application().on("c1", 10);
    placed.spec.constraints.migration = false;
    placed.metadata.modified = now();
    assert_eq!(decide_in(&inputs([cluster("c1")]), &placed), Decision::Confirm);
}

#[test]
fn a_failed_application_is_left_alone_until_it_is_updated() {
    let clusters = inputs([cluster("c1")]);
    let mut failed = application();
    failed.status.state = ApplicationState::Failed;
    failed.status.reason = Some(Reason::new(ReasonCode::NoSuitableResource, "nothing"));
    failed.status.scheduled_retry = Some(now());
    assert_eq!(decide_in(&clusters, &failed), Decision::Ignore);
    failed.metadata.modified = now().plus_seconds(1);
    assert!(matches!(decide_in(&clusters, &failed), Decision::Bind { .. }));
}

#[test]
fn a_deleted_application_is_left_alone() {
    let mut deleted = application();
    deleted.metadata.deleted = Some(now());
    assert_eq!(decide_in(&inputs([cluster("c1")]), &deleted), Decision::Ignore);
}

#[test]
fn a_job_that_completed_does_not_move_and_so_does_not_run_twice() {
    let mut completed = application().on("c1", 300);
    completed.status.state = ApplicationState::Completed;
    let clusters = inputs([cluster("c1").in_state(ClusterState::Offline), cluster("c2")]);
    assert_eq!(decide_in(&clusters, &completed), Decision::Keep { until: None });
}
