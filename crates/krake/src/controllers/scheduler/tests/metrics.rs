//! Metrics that are read, fail, recover and change.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[tokio::test]
async fn metrics_that_fail_mark_the_cluster_and_it_recovers_with_them() {
    let lab = Lab::scheduled();
    lab.static_metrics(&[("heat", 7.0)]).await;
    lab.cluster(
        "c1",
        json!({}),
        json!([{"name": "heat", "weight": 1.0}, {"name": "unknown", "weight": 1.0}]),
    )
    .await;
    lab.application("echo", json!({})).await;
    let failing = until(async || {
        Some(lab.get_cluster("c1").await).filter(|c| c.status.state == ClusterState::FailingMetrics)
    })
    .await;
    assert_eq!(
        failing.status.metrics_reasons["heat"].code,
        ReasonCode::InvalidMetric
    );
    assert_eq!(
        failing.status.metrics_reasons["unknown"].code,
        ReasonCode::UnknownMetric
    );
    lab.until("echo", is_unsuitable).await;
    lab.metric("unknown", "static").await;
    lab.change::<GlobalMetricsProvider>("static", |provider| {
        provider.spec = read(json!({"type": "static", "static": {"metrics": {"heat": 0.7, "unknown": 0.1}}}));
    })
    .await;
    lab.until("echo", is_on("c1")).await;
    until(async || Some(lab.get_cluster("c1").await).filter(|c| c.status.state == ClusterState::Online))
        .await;
}

/// Speaks the query API of Prometheus and counts the queries. The real one is asked in the tests crate; this
/// one stands in where the number of queries and the moment of a change matter.
async fn grid(values: Arc<parking_lot::Mutex<BTreeMap<String, f64>>>, queries: Arc<AtomicUsize>) -> String {
    use axum::extract::Query;
    let answer = move |Query(query): Query<BTreeMap<String, String>>| {
        queries.fetch_add(1, Ordering::Relaxed);
        let name = query["query"].clone();
        let value = values
            .lock()
            .get(&name)
            .map(|value| json!({"metric": {"__name__": name}, "value": [0, value.to_string()]}));
        let result: Vec<_> = value.into_iter().collect();
        async move { axum::Json(json!({"status": "success", "data": {"resultType": "vector", "result": result}})) }
    };
    let router = axum::Router::new().route("/api/v1/query", axum::routing::get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_measured_value_that_changes_moves_the_application_and_one_reading_serves_all_clusters() {
    let lab = Lab::api();
    let values = Arc::new(parking_lot::Mutex::new(BTreeMap::from([
        ("north".to_owned(), 0.9),
        ("south".to_owned(), 0.2),
    ])));
    let queries = Arc::new(AtomicUsize::new(0));
    let url = grid(values.clone(), queries.clone()).await;
    let provider: GlobalMetricsProvider = read(
        json!({"metadata": {"name": "grid"}, "spec": {"type": "prometheus", "prometheus": {"url": url}}}),
    );
    lab.client.create(&provider).await.unwrap();
    for name in ["north", "south"] {
        lab.metric(name, "grid").await;
        for index in 0..5 {
            let cluster = format!("{name}-{index}");
            lab.cluster(&cluster, json!({}), json!([{"name": name, "weight": 1.0}]))
                .await;
        }
    }
    let start = Instant::now();
    lab.start(quick());
    lab.application("echo", json!({})).await;
    lab.until("echo", is_on("north-0")).await;
    values
        .lock()
        .extend([("north".to_owned(), 0.2), ("south".to_owned(), 0.9)]);
    lab.until("echo", is_on("south-0")).await;
    let rounds = usize::try_from(start.elapsed().as_millis() / 100).unwrap() + 1;
    assert!(
        queries.load(Ordering::Relaxed) <= 2 * rounds,
        "two metrics, ten clusters"
    );
}

#[tokio::test]
async fn an_unreachable_provider_is_named_as_the_reason() {
    let lab = Lab::scheduled();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let provider: GlobalMetricsProvider = read(
        json!({"metadata": {"name": "grid"}, "spec": {"type": "prometheus", "prometheus": {"url": url}}}),
    );
    lab.client.create(&provider).await.unwrap();
    lab.metric("heat", "grid").await;
    lab.cluster("c1", json!({}), json!([{"name": "heat", "weight": 1.0}]))
        .await;
    let failing = until(async || {
        Some(lab.get_cluster("c1").await).filter(|c| c.status.state == ClusterState::FailingMetrics)
    })
    .await;
    assert_eq!(
        failing.status.metrics_reasons["heat"].code,
        ReasonCode::UnreachableMetricsProvider
    );
    let app = application("green", "dry", json!({}));
    let explanation = explain(
        &lab.client,
        &app,
        &Settings::default(),
        Duration::from_secs(5),
        system_time(),
    )
    .await
    .unwrap();
    assert!(
        explanation.summary.contains("metrics fail: heat"),
        "{}",
        explanation.summary
    );
}
