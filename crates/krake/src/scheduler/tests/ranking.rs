//! Which of the fitting clusters is best.

use super::*;

fn score_of(inputs: &Inputs, application: &Application, cluster: &str) -> f64 {
    let snapshot = Snapshot::new(inputs);
    let explanation = explain(
        application,
        snapshot.candidates(Some("green")),
        &Counts::default(),
        &Settings::default(),
        now(),
    );
    let cluster = explanation
        .clusters
        .iter()
        .find(|c| c.cluster == cluster)
        .unwrap();
    cluster.score.unwrap()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn staying_counts_as_one_more_metric_of_value_one() {
    let clusters = with_values(
        inputs([cluster("a").measured("m", 1.0), cluster("b").measured("m", 1.0)]),
        &[("m", 0.75)],
    );
    assert!(close(score_of(&clusters, &application(), "a"), 0.75));
    assert!(close(score_of(&clusters, &application(), "b"), 0.75));
    let placed = application().on("a", 300);
    assert!(close(score_of(&clusters, &placed, "a"), 0.75 / 1.1 + 0.1 / 1.1));
    assert!(close(score_of(&clusters, &placed, "b"), 0.75));
}

#[test]
fn metrics_of_providers_and_scopes_of_all_kinds_are_scored() {
    let mut four = cluster("c1");
    for (name, namespaced) in [
        ("measured", false),
        ("fixed", false),
        ("measured", true),
        ("fixed", true),
    ] {
        four.spec.metrics.push(read(
            json!({"name": name, "weight": 1.0, "namespaced": namespaced}),
        ));
    }
    let prometheus = json!({"type": "prometheus", "prometheus": {"url": "http://prometheus"}});
    let fixed = json!({"type": "static", "static": {"metrics": {"fixed": 0.5}}});
    let mut inputs = inputs([four])
        .with_metrics(
            [
                namespaced_metric("measured", "prometheus"),
                namespaced_metric("fixed", "static"),
            ],
            [
                global_metric("measured", "prometheus"),
                global_metric("fixed", "static"),
            ],
        )
        .with_providers(
            [
                namespaced_provider("prometheus", &prometheus),
                namespaced_provider("static", &fixed),
            ],
            [
                global_provider("prometheus", &prometheus),
                global_provider("static", &fixed),
            ],
        );
    for namespace in [None, Some("green".to_owned())] {
        let key = ProviderKey {
            namespace,
            name: "prometheus".to_owned(),
        };
        inputs
            .readings
            .entry(key)
            .or_default()
            .insert("measured".to_owned(), Ok(0.42));
    }
    assert!(close(
        score_of(&inputs, &application(), "c1"),
        f64::midpoint(0.42, 0.5)
    ));
}

fn namespaced_metric(name: &str, provider: &str) -> Arc<crate::api::Metric> {
    Arc::new(read(json!({
        "metadata": {"name": name, "namespace": "green"},
        "spec": {"min": 0, "max": 1, "provider": {"name": provider, "metric": name}},
    })))
}

fn namespaced_provider(name: &str, spec: &Value) -> Arc<crate::api::MetricsProvider> {
    Arc::new(read(
        json!({"metadata": {"name": name, "namespace": "green"}, "spec": spec}),
    ))
}

#[test]
fn a_cluster_with_metrics_goes_before_one_without() {
    let clusters = with_values(
        inputs([cluster("a"), cluster("b").measured("m", 1.0)]),
        &[("m", 0.4)],
    );
    assert_eq!(place(&clusters, &application()).as_deref(), Some("b"));
}

#[test]
fn without_any_metrics_any_cluster_will_do() {
    assert!(place(&inputs([cluster("a"), cluster("b")]), &application()).is_some());
}

#[test]
fn without_any_metrics_an_application_stays() {
    let placed = application().on("b", 300);
    assert_eq!(
        place(&inputs([cluster("a"), cluster("b")]), &placed).as_deref(),
        Some("b")
    );
}

#[test]
fn metrics_beat_stickiness() {
    let w1 = cluster("w1").measured("heat", 0.9).measured("some", 1.0);
    let w2 = cluster("w2").measured("heat", 0.5).measured("some", 1.0);
    let clusters = with_values(
        inputs([cluster("current"), w1, w2]),
        &[("heat", 0.4), ("some", 1.0)],
    );
    let placed = application().on("current", 300);
    assert_eq!(place(&clusters, &placed).as_deref(), Some("w2"));
    assert!(close(score_of(&clusters, &placed, "w1"), 1.36 / 1.9));
    assert!(close(score_of(&clusters, &placed, "w2"), 1.2 / 1.5));
}

#[test]
fn stickiness_keeps_an_application_on_a_slightly_worse_cluster() {
    let clusters = with_values(
        inputs([
            cluster("current").measured("heat", 0.99),
            cluster("other").measured("heat", 1.0),
        ]),
        &[("heat", 0.4)],
    );
    let placed = application().on("current", 300);
    assert_eq!(place(&clusters, &placed).as_deref(), Some("current"));
    assert!(close(
        score_of(&clusters, &placed, "current"),
        (0.396 + 0.1) / 1.09
    ));
}

fn down(name: &str) -> Cluster {
    cluster(name).measured("down", 1.0)
}

#[test]
fn where_metrics_fail_nothing_is_placed() {
    let heated = || cluster("heated").measured("heat", 1.0);
    for (name, clusters, current, expected) in [
        (
            "all_unreachable",
            vec![cluster("a"), cluster("b"), down("x"), down("y")],
            Some("b"),
            Some("b"),
        ),
        (
            "no_cluster_sticky",
            vec![cluster("a"), down("b"), down("x")],
            Some("b"),
            Some("a"),
        ),
        (
            "current_unreachable",
            vec![cluster("a"), down("b"), heated()],
            Some("b"),
            Some("heated"),
        ),
        (
            "some_unreachable",
            vec![cluster("a"), down("x"), heated()],
            None,
            Some("heated"),
        ),
        (
            "no_cluster_all_unreachable",
            vec![down("x"), down("y")],
            None,
            None,
        ),
    ] {
        let inputs = with_unreachable(with_values(inputs(clusters), &[("heat", 0.4)]), "down");
        let app = current.map_or_else(application, |current| application().on(current, 300));
        assert_eq!(place(&inputs, &app).as_deref(), expected, "{name}");
    }
}

#[test]
fn weights_decide_which_metric_counts_most() {
    let story = |a: f64, b: f64| {
        let c1 = cluster("c1").measured("a", 1.5).measured("b", 1.0);
        let c2 = cluster("c2").measured("a", 1.0).measured("b", 1.5);
        with_values(inputs([c1, c2]), &[("a", a), ("b", b)])
    };
    assert_eq!(place(&story(0.8, 0.7), &application()).as_deref(), Some("c1"));
    assert_eq!(place(&story(0.7, 0.8), &application()).as_deref(), Some("c2"));
}

#[test]
fn a_label_constraint_beats_better_metrics() {
    let c1 = cluster("c1").measured("a", 1.0).labelled("location", "DE");
    let c2 = cluster("c2").measured("b", 1.0);
    let clusters = with_values(inputs([c1, c2]), &[("a", 0.1), ("b", 0.9)]);
    let app = constrained(&json!({"labels": ["location is DE"]}));
    assert_eq!(place(&clusters, &app).as_deref(), Some("c1"));
}

#[test]
fn a_flip_of_the_values_moves_an_application_that_was_not_touched() {
    let story = |a: f64, b: f64| {
        let c1 = cluster("c1").measured("a", 10.0).measured("b", 1.0);
        let c2 = cluster("c2").measured("a", 1.0).measured("b", 10.0);
        with_values(inputs([c1, c2]), &[("a", a), ("b", b)])
    };
    assert_eq!(place(&story(0.9, 0.1), &application()).as_deref(), Some("c1"));
    assert_eq!(
        place(&story(0.1, 0.9), &application().on("c1", 300)).as_deref(),
        Some("c2")
    );
}

#[test]
fn weights_that_add_up_to_nothing_do_no_harm() {
    for weight in [0.0, f64::MAX] {
        let c1 = cluster("c1").measured("a", weight).measured("b", weight);
        let clusters = with_values(inputs([c1]), &[("a", 0.9), ("b", 0.9)]);
        assert_eq!(place(&clusters, &application()).as_deref(), Some("c1"));
    }
    let c1 = cluster("c1").measured("a", 1.0).measured("b", -1.0);
    let clusters = with_values(inputs([c1]), &[("a", 0.9), ("b", 0.9)]);
    assert_eq!(place(&clusters, &application()).as_deref(), Some("c1"));
}
