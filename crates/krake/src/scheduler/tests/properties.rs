//! What must hold for any input.

use proptest::prelude::*;

use super::*;

fn any_cluster() -> impl Strategy<Value = (bool, usize, Vec<(usize, f64)>, bool)> {
    (
        any::<bool>(),
        0..3_usize,
        prop::collection::vec((0..3_usize, 0.0..10.0_f64), 0..3),
        prop::bool::weighted(0.1),
    )
}

fn build(
    index: usize,
    (online, location, metrics, deleted): &(bool, usize, Vec<(usize, f64)>, bool),
) -> Cluster {
    let state = if *online {
        ClusterState::Online
    } else {
        ClusterState::Offline
    };
    let mut cluster = cluster(&format!("c{index:03}")).in_state(state);
    if *location > 0 {
        cluster = cluster.labelled("location", ["", "DE", "SK"][*location]);
    }
    for (metric, weight) in metrics {
        cluster = cluster.measured(["a", "b", "unknown"][*metric], *weight);
    }
    cluster.metadata.deleted = deleted.then(now);
    cluster
}

proptest! {
    #[test]
    fn the_order_of_the_clusters_does_not_matter_and_a_cluster_that_does_not_fit_is_never_chosen(
        specs in prop::collection::vec(any_cluster(), 0..12),
        values in (0.0..1.0_f64, 0.0..1.0_f64),
        current in prop::option::of(0..12_usize),
    ) {
        let clusters: Vec<_> = specs.iter().enumerate().map(|(index, spec)| build(index, spec)).collect();
        let values = [("a", values.0), ("b", values.1)];
        let forwards = with_values(inputs(clusters.clone()), &values);
        let backwards = with_values(inputs(clusters.into_iter().rev()), &values);
        let mut app = constrained(&json!({"labels": ["location in (DE, SK)"], "metrics": ["a >= 0.5"]}));
        if let Some(current) = current {
            let constraints = app.spec.constraints.clone();
            app = app.on(&format!("c{current:03}"), 300);
            app.spec.constraints = constraints;
        }
        let decision = decide_in(&forwards, &app);
        prop_assert_eq!(&decision, &decide_in(&backwards, &app));
        if let Decision::Bind { cluster, score } = decision {
            let snapshot = Snapshot::new(&forwards);
            let chosen = snapshot.candidates(Some("green")).get(&cluster.name).unwrap();
            prop_assert!(chosen.is_available());
            prop_assert!(chosen.labels.contains_key("location"));
            prop_assert!(chosen.metrics.iter().any(|m| m.name == "a" && m.contribution() >= 0.5));
            prop_assert!(score.is_finite());
        }
    }

    #[test]
    fn a_second_decision_after_the_first_is_to_stay(
        specs in prop::collection::vec(any_cluster(), 0..12), values in (0.0..1.0_f64, 0.0..1.0_f64),
    ) {
        let clusters = specs.iter().enumerate().map(|(index, spec)| build(index, spec));
        let inputs = with_values(inputs(clusters), &[("a", values.0), ("b", values.1)]);
        if let Decision::Bind { cluster, .. } = decide_in(&inputs, &application()) {
            let placed = application().on(&cluster.name, 300);
            prop_assert_eq!(decide_in(&inputs, &placed), Decision::Keep { until: None });
        }
    }

    #[test]
    fn equal_clusters_get_equal_shares(clusters in 1..20_usize, applications in 0..200_usize) {
        let inputs = inputs((0..clusters).map(|index| cluster(&format!("c{index}"))));
        let snapshot = Snapshot::new(&inputs);
        let namespace = Some("green".to_owned());
        let mut assignments = Assignments::default();
        for index in 0..applications {
            let counts = assignments.counts(&namespace);
            let candidates = snapshot.candidates(Some("green"));
            match decide(&application(), candidates, counts, &Settings::default(), now()) {
                Decision::Bind { cluster, .. } => assignments.set(&index, Some(&cluster)),
                other => prop_assert!(false, "{other:?}"),
            }
        }
        let counts = assignments.counts(&namespace);
        let shares: Vec<_> = (0..clusters).map(|index| counts.of(&format!("c{index}"))).collect();
        prop_assert_eq!(shares.iter().sum::<usize>(), applications);
        prop_assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1);
    }
}

#[test]
fn the_book_of_assignments_forgets_what_is_unassigned() {
    let mut assignments = Assignments::default();
    let namespace = Some("green".to_owned());
    assignments.set(&1, Some(&reference("a")));
    assignments.set(&2, Some(&reference("a")));
    assignments.set(&1, Some(&reference("b")));
    assignments.set(&1, Some(&reference("b")));
    assert_eq!(
        (
            assignments.counts(&namespace).of("a"),
            assignments.counts(&namespace).of("b")
        ),
        (1, 1)
    );
    assignments.set(&1, None);
    assignments.set(&2, None);
    assert_eq!(*assignments.counts(&namespace), Counts::default());
}

/// The cost of a decision: `cargo test --release -p alasca-krake --lib -- --ignored --nocapture cost_of`.
#[test]
#[ignore = "heavy: a measurement more than a check"]
fn cost_of_a_thousand_decisions_over_a_hundred_clusters() {
    for (metrics, applications) in [(0, 100), (0, 1_000), (0, 10_000), (1, 1_000), (1, 10_000)] {
        let clusters = (0..100).map(|index| {
            let cluster = cluster(&format!("c{index:03}")).labelled("location", ["DE", "SK"][index % 2]);
            if metrics > 0 {
                cluster.measured("a", 1.0)
            } else {
                cluster
            }
        });
        let inputs = with_values(inputs(clusters), &[("a", 0.5)]);
        let built = std::time::Instant::now();
        let snapshot = Snapshot::new(&inputs);
        let built = built.elapsed();
        let app = constrained(&json!({"labels": ["location in (DE, SK)"]}));
        let (namespace, mut assignments) = (Some("green".to_owned()), Assignments::default());
        let start = std::time::Instant::now();
        for index in 0..applications {
            let candidates = snapshot.candidates(Some("green"));
            let decision = decide(
                &app,
                candidates,
                assignments.counts(&namespace),
                &Settings::default(),
                now(),
            );
            if let Decision::Bind { cluster, .. } = decision {
                assignments.set(&index, Some(&cluster));
            }
        }
        let each = start.elapsed() / applications;
        println!(
            "{applications} applications, 100 clusters, {metrics} metrics: {each:?} each, snapshot {built:?}"
        );
    }
}
