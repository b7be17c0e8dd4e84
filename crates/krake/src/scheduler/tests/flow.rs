//! Applications over time: placed, kept, moved, lost.

use super::*;

fn two(heat1: f64, heat2: f64) -> Inputs {
    with_values(
        inputs([
            cluster("c1").measured("heat1", 1.0),
            cluster("c2").measured("heat2", 1.0),
        ]),
        &[("heat1", heat1), ("heat2", heat2)],
    )
}

#[test]
fn an_application_moves_to_a_better_cluster_only_after_the_interval() {
    assert_eq!(place(&two(0.5, 0.25), &application()).as_deref(), Some("c1"));
    let placed = application().on("c1", 10);
    let changed = two(0.25, 0.5);
    let until = Some(now().plus_seconds(50));
    assert_eq!(decide_in(&changed, &placed), Decision::Keep { until });
    assert!(matches!(
        decide_at(&changed, &placed, now().plus_seconds(50)),
        Decision::Bind { cluster, .. } if cluster.name == "c2"
    ));
    let moved = application().on("c2", 300);
    assert_eq!(
        decide_in(&changed, &moved),
        Decision::Keep { until: None },
        "later passes stay"
    );
}

#[test]
fn an_application_that_must_not_migrate_never_moves() {
    let mut placed = application().on("c1", 300);
    placed.spec.constraints.migration = false;
    assert_eq!(decide_in(&two(0.1, 0.9), &placed), Decision::Keep { until: None });
    placed.spec.constraints.cluster.labels = Some(vec!["location is DE".parse().unwrap()]);
    assert_eq!(decide_in(&two(0.1, 0.9), &placed), Decision::Keep { until: None });
}

#[test]
fn after_a_failed_migration_an_application_stays_for_the_time_limit() {
    let mut placed = application().on("c1", 300);
    placed.status.migration_timeout = now().as_microsecond() / 1_000_000 + 30;
    let until = Some(now().plus_seconds(30));
    assert_eq!(decide_in(&two(0.1, 0.9), &placed), Decision::Keep { until });
}

#[test]
fn a_constraint_that_stops_matching_moves_at_once() {
    let mut placed = application().on("c1", 1);
    placed.spec.constraints.cluster.labels = Some(vec!["location is DE".parse().unwrap()]);
    placed.metadata.modified = now();
    let clusters = inputs([cluster("c1"), cluster("c2").labelled("location", "DE")]);
    assert_eq!(place(&clusters, &placed).as_deref(), Some("c2"));
}

#[test]
fn a_cluster_that_goes_offline_or_vanishes_loses_its_applications_at_once() {
    let placed = application().on("c1", 1);
    let offline = cluster("c1").in_state(ClusterState::Offline);
    assert_eq!(
        place(&inputs([offline, cluster("c2")]), &placed).as_deref(),
        Some("c2")
    );
    assert_eq!(place(&inputs([cluster("c2")]), &placed).as_deref(), Some("c2"));
}

#[test]
fn nowhere_to_go_is_said_and_taken_back_when_the_place_fits_again() {
    let soil = |soil: &str| {
        inputs([
            cluster("c1").labelled("soil", soil),
            cluster("c2").labelled("soil", "clay"),
        ])
    };
    let mut placed = constrained(&json!({"labels": ["soil is peat"]})).on("c1", 300);
    assert_eq!(decide_in(&soil("chalk"), &placed), Decision::NoSuitable);
    placed.status.state = ApplicationState::Degraded;
    placed.status.reason = Some(Reason::new(ReasonCode::NoSuitableResource, "nowhere"));
    assert_eq!(decide_in(&soil("peat"), &placed), Decision::Confirm);
    placed.status.reason = None;
    assert_eq!(decide_in(&soil("peat"), &placed), Decision::Keep { until: None });
}

#[test]
fn stickiness_keeps_an_application_when_values_change_a_little() {
    let story = |a: f64, b: f64| {
        let c1 = cluster("c1").measured("a", 1.0).measured("b", 1.5);
        let c2 = cluster("c2").measured("a", 1.5).measured("b", 1.0);
        with_values(inputs([c1, c2]), &[("a", a), ("b", b)])
    };
    assert_eq!(place(&story(0.01, 0.1), &application()).as_deref(), Some("c1"));
    assert_eq!(
        place(&story(0.02, 0.01), &application()).as_deref(),
        Some("c2"),
        "without stickiness"
    );
    assert_eq!(
        place(&story(0.02, 0.01), &application().on("c1", 300)).as_deref(),
        Some("c1")
    );
}

#[test]
fn changes_that_cannot_matter_to_decisions_do_not_count_as_changes() {
    let before = cluster("c1");
    let mut after = before.clone();
    after.status.cluster_id = Some("7".to_owned());
    after.metadata.resource_version = Some("2".to_owned());
    let other = cluster("x").in_namespace("grey");
    let snapshot =
        |cluster: &Cluster, other: &Cluster| Snapshot::new(&inputs([cluster.clone(), other.clone()]));
    let first = snapshot(&before, &other);
    assert!(snapshot(&after, &other).changed_since(&first).is_empty());
    assert_eq!(
        snapshot(&after.labelled("a", "b"), &other).changed_since(&first),
        ["green"]
    );
    assert_eq!(Snapshot::new(&inputs([before])).changed_since(&first), ["grey"]);
}
