//! What metrics that fail do to a cluster, and how it recovers.

use super::*;

fn status_after(inputs: &Inputs, cluster: &Cluster) -> Option<crate::api::ClusterStatus> {
    let snapshot = Snapshot::new(inputs);
    metrics_status(
        cluster,
        snapshot
            .candidates(Some("green"))
            .get(&cluster.metadata.name)
            .unwrap(),
    )
}

fn codes(inputs: &Inputs, cluster: &Cluster) -> Vec<(String, ReasonCode)> {
    let status = status_after(inputs, cluster).unwrap();
    assert_eq!(status.state, ClusterState::FailingMetrics);
    status
        .metrics_reasons
        .into_iter()
        .map(|(name, reason)| (name, reason.code))
        .collect()
}

#[test]
fn every_cause_of_a_missing_value_has_its_own_reason() {
    let metric = |provider: &str| vec![global_metric("m", provider)];
    let fixed = |value: Value| global_provider("p", &json!({"type": "static", "static": {"metrics": value}}));
    for (metrics, providers, code) in [
        (vec![], vec![], ReasonCode::UnknownMetric),
        (metric("p"), vec![], ReasonCode::UnknownMetricsProvider),
        (
            metric("p"),
            vec![fixed(json!({"other": 1.0}))],
            ReasonCode::InvalidMetric,
        ),
        (
            metric("p"),
            vec![fixed(json!({"m": 2.0}))],
            ReasonCode::InvalidMetric,
        ),
        (
            metric("p"),
            vec![fixed(json!({"m": -0.1}))],
            ReasonCode::InvalidMetric,
        ),
        (
            metric("p"),
            vec![global_provider(
                "p",
                &json!({"type": "kafka", "kafka": {
                "comparison_column": "c", "value_column": "v", "table": "t", "url": "http://k"}}),
            )],
            ReasonCode::UnreachableMetricsProvider,
        ),
        (
            metric("p"),
            vec![global_provider(
                "p",
                &json!({"type": "influx", "influx": {
                "url": "http://i", "token": "t", "org": "o", "bucket": "b"}}),
            )],
            ReasonCode::UnreachableMetricsProvider,
        ),
    ] {
        let measured = cluster("c1").measured("m", 1.0);
        let inputs = inputs([measured.clone()])
            .with_metrics([], metrics)
            .with_providers([], providers);
        assert_eq!(codes(&inputs, &measured), [("m".to_owned(), code)]);
        assert_eq!(decide_in(&inputs, &application()), Decision::NoSuitable);
    }
}

#[test]
fn all_failing_metrics_are_recorded_under_their_names() {
    let measured = cluster("c1")
        .measured("down", 1.0)
        .measured("unknown", 1.0)
        .measured("fine", 1.0);
    let inputs = with_unreachable(with_values(inputs([measured.clone()]), &[("fine", 0.5)]), "down");
    assert_eq!(
        codes(&inputs, &measured),
        [
            ("down".to_owned(), ReasonCode::UnreachableMetricsProvider),
            ("unknown".to_owned(), ReasonCode::UnknownMetric),
        ]
    );
}

#[test]
fn a_namespaced_metric_is_looked_for_in_the_namespace_of_the_cluster_only() {
    let mut measured = cluster("c1");
    measured
        .spec
        .metrics
        .push(read(json!({"name": "m", "weight": 1.0, "namespaced": true})));
    let inputs = with_values(inputs([measured.clone()]), &[("m", 0.5)]);
    assert_eq!(
        codes(&inputs, &measured),
        [("m".to_owned(), ReasonCode::UnknownMetric)]
    );
}

#[test]
fn a_cluster_recovers_in_the_decision_in_which_all_its_metrics_have_values_again() {
    let mut failing = cluster("c1")
        .measured("m", 1.0)
        .in_state(ClusterState::FailingMetrics);
    failing
        .status
        .metrics_reasons
        .insert("m".to_owned(), Reason::new(ReasonCode::UnknownMetric, "gone"));
    let inputs = with_values(inputs([failing.clone()]), &[("m", 0.5)]);
    let status = status_after(&inputs, &failing).unwrap();
    assert_eq!(status.state, ClusterState::Online);
    assert!(status.metrics_reasons.is_empty());
    assert_eq!(place(&inputs, &application()).as_deref(), Some("c1"));
    failing.status = status;
    assert_eq!(
        status_after(&inputs, &failing),
        None,
        "nothing to write the second time"
    );
}

#[test]
fn metrics_do_not_bring_a_lost_cluster_back_nor_hide_that_it_is_lost() {
    let lost = cluster("c1")
        .measured("unknown", 1.0)
        .in_state(ClusterState::Offline);
    let status = status_after(&inputs([lost.clone()]), &lost).unwrap();
    assert_eq!(status.state, ClusterState::Offline);
    assert!(status.metrics_reasons.contains_key("unknown"));
}

#[test]
fn an_application_waits_for_the_first_reading_rather_than_taking_the_wrong_cluster() {
    let prometheus = json!({"type": "prometheus", "prometheus": {"url": "http://p"}});
    let mut inputs = inputs([cluster("a"), cluster("b").measured("m", 1.0)])
        .with_metrics([], [global_metric("m", "p")])
        .with_providers([], [global_provider("p", &prometheus)]);
    assert_eq!(decide_in(&inputs, &application()), Decision::Wait);
    assert_eq!(
        decide_in(&inputs, &application().on("b", 300)),
        Decision::Keep { until: None }
    );
    let key = ProviderKey {
        namespace: None,
        name: "p".to_owned(),
    };
    assert_eq!(
        inputs.wanted().into_iter().collect::<Vec<_>>(),
        [(key.clone(), ["m".to_owned()].into())]
    );
    inputs
        .readings
        .entry(key)
        .or_default()
        .insert("m".to_owned(), Ok(0.3));
    assert_eq!(place(&inputs, &application()).as_deref(), Some("b"));
}

#[test]
fn a_range_without_width_divides_nothing_by_zero() {
    let metric = Arc::new(read::<GlobalMetric>(json!({
        "metadata": {"name": "m"},
        "spec": {"min": 1, "max": 1, "provider": {"name": "p", "metric": "m"}},
    })));
    let fixed = global_provider("p", &json!({"type": "static", "static": {"metrics": {"m": 1.0}}}));
    let inputs = inputs([cluster("c1").measured("m", 1.0)])
        .with_metrics([], [metric])
        .with_providers([], [fixed]);
    assert!(matches!(decide_in(&inputs, &application()), Decision::Bind { score, .. } if score == 0.0));
}

#[test]
fn only_allowed_values_are_valid_where_some_are_named() {
    let story = |value: f64| {
        let metric = Arc::new(read::<GlobalMetric>(json!({
            "metadata": {"name": "m"},
            "spec": {"min": 0, "max": 10, "allowed_values": [1, 5], "provider": {"name": "p", "metric": "m"}},
        })));
        let fixed = global_provider(
            "p",
            &json!({"type": "static", "static": {"metrics": {"m": value}}}),
        );
        inputs([cluster("c1").measured("m", 1.0)])
            .with_metrics([], [metric])
            .with_providers([], [fixed])
    };
    assert_eq!(place(&story(5.0), &application()).as_deref(), Some("c1"));
    assert_eq!(place(&story(4.0), &application()), None);
}
