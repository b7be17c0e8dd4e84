//! The scheduler against a real API over a real store, in one process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::api::{
    Application, ApplicationState, Cluster, ClusterState, GlobalMetric, GlobalMetricsProvider, Kind,
    ReasonCode, Timestamp,
};
use crate::client::{Caches, Client, Error, ListOptions, Namespaces};
use crate::server::{App, Options as ServerOptions};
use crate::store::{EmbeddedOptions, EmbeddedStore};

fn system_time() -> Timestamp {
    jiff::Timestamp::now().into()
}

struct Lab {
    client: Client,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Lab {
    fn api() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("krake.redb"), 1)).unwrap();
        let router = App::new(Arc::new(store), ServerOptions::new(system_time)).router();
        Self {
            client: Client::local(router, "system:admin"),
            stop: CancellationToken::new(),
            _folder: folder,
        }
    }

    fn start(&self, options: Options) {
        let context = ControllerContext {
            client: self.client.clone(),
            caches: Caches::new(self.client.clone(), self.stop.clone()),
            now: Arc::new(system_time),
        };
        tokio::spawn(run(context, options, self.stop.clone()));
    }

    /// With a scheduler that moves applications after a second and reads metrics ten times a second.
    fn scheduled() -> Self {
        let lab = Self::api();
        lab.start(quick());
        lab
    }

    async fn cluster(&self, name: &str, labels: Value, metrics: Value) -> Cluster {
        let cluster: Cluster = read(json!({
            "metadata": {"name": name, "namespace": "green", "labels": labels},
            "spec": {
                "tosca": {"topology_template": {"outputs": {"kubeconfig": {"value": "x"}}}},
                "constraints": {"cloud": {}},
                "metrics": metrics,
            },
        }));
        let mut cluster = self.client.create(&cluster).await.unwrap();
        cluster.status.state = ClusterState::Online;
        self.client.update_status(&cluster).await.unwrap()
    }

    async fn application(&self, name: &str, spec: Value) -> Application {
        self.client
            .create(&application("green", name, spec))
            .await
            .unwrap()
    }

    async fn get(&self, name: &str) -> Application {
        self.client.get(Some("green"), name).await.unwrap()
    }

    async fn get_cluster(&self, name: &str) -> Cluster {
        self.client.get(Some("green"), name).await.unwrap()
    }

    /// Waits until the application is as wanted.
    async fn until(&self, name: &str, is_as_wanted: impl Fn(&Application) -> bool) -> Application {
        until(async || Some(self.get(name).await).filter(&is_as_wanted)).await
    }

    async fn change<K: Kind>(&self, name: &str, change: impl Fn(&mut K)) -> K {
        let namespace = matches!(K::SCOPE, crate::api::Scope::Namespaced).then_some("green");
        loop {
            let mut object: K = self.client.get(namespace, name).await.unwrap();
            change(&mut object);
            match self.client.update(&object).await {
                Err(error) if error.is_conflict() => {}
                result => return result.unwrap(),
            }
        }
    }

    async fn static_metrics(&self, values: &[(&str, f64)]) {
        let metrics: BTreeMap<_, _> = values.iter().copied().collect();
        let provider: GlobalMetricsProvider = read(json!({
            "metadata": {"name": "static"},
            "spec": {"type": "static", "static": {"metrics": metrics}},
        }));
        self.client.create(&provider).await.unwrap();
        for (name, _) in values {
            self.metric(name, "static").await;
        }
    }

    async fn metric(&self, name: &str, provider: &str) {
        let metric: GlobalMetric = read(json!({
            "metadata": {"name": name},
            "spec": {"min": 0, "max": 1, "provider": {"name": provider, "metric": name}},
        }));
        self.client.create(&metric).await.unwrap();
    }
}

fn quick() -> Options {
    Options {
        settings: Settings {
            reschedule_after: Duration::from_secs(1),
            ..Settings::default()
        },
        metrics_interval: Duration::from_millis(100),
        ..Options::default()
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn application(namespace: &str, name: &str, spec: Value) -> Application {
    let mut body = json!({
        "manifest": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}],
        "constraints": {"cluster": {}},
    });
    if let (Some(body), Value::Object(spec)) = (body.as_object_mut(), spec) {
        body.extend(spec);
    }
    read(json!({"metadata": {"name": name, "namespace": namespace}, "spec": body}))
}

fn labels(constraint: &str) -> Value {
    json!({"constraints": {"cluster": {"labels": [constraint]}}})
}

async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "did not become so in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn is_on(cluster: &str) -> impl Fn(&Application) -> bool + '_ {
    move |application| {
        let target = application.status.scheduled_to.as_ref();
        target.is_some_and(|target| target.name == cluster)
    }
}

fn is_unsuitable(application: &Application) -> bool {
    let reason = application.status.reason.as_ref();
    reason.is_some_and(|reason| reason.code == ReasonCode::NoSuitableResource)
}

#[tokio::test]
async fn an_application_is_bound_owned_and_confirmed_and_an_event_says_why() {
    let lab = Lab::scheduled();
    lab.static_metrics(&[("heat", 0.25)]).await;
    let cluster = lab
        .cluster("c1", json!({}), json!([{"name": "heat", "weight": 1.0}]))
        .await;
    lab.application("echo", json!({})).await;
    let bound = lab.until("echo", is_on("c1")).await;
    assert!(bound.metadata.owners.contains(&cluster.reference()));
    assert!(bound.status.scheduled.is_some());
    assert!(bound.status.kube_controller_triggered >= Some(bound.metadata.modified));
    let event = until(async || {
        lab.client
            .events::<Application>(Some("green"), "echo")
            .await
            .unwrap()
            .pop()
    })
    .await;
    assert_eq!(
        (event.reason.as_str(), event.message.as_str()),
        ("Scheduled", "goes to c1 (score 0.2500)")
    );
}

#[tokio::test]
async fn an_application_without_a_cluster_says_so_and_is_bound_as_soon_as_one_fits() {
    let lab = Lab::scheduled();
    lab.cluster("c1", json!({}), json!([])).await;
    let mut spec = labels("location is DE");
    spec["backoff_delay"] = json!(3600);
    lab.application("echo", spec).await;
    let waiting = lab.until("echo", is_unsuitable).await;
    assert_eq!(waiting.status.state, ApplicationState::Degraded);
    assert!(waiting.status.scheduled_retry.is_some());
    lab.change::<Cluster>("c1", |cluster| {
        cluster
            .metadata
            .labels
            .insert("location".to_owned(), "DE".to_owned());
    })
    .await;
    let bound = lab
        .until("echo", |app| is_on("c1")(app) && app.status.reason.is_none())
        .await;
    assert_eq!(bound.status.state, ApplicationState::Pending);
    assert_eq!((bound.status.retries, bound.status.scheduled_retry), (None, None));
}

#[tokio::test]
async fn attempts_are_counted_until_it_fails_and_an_update_starts_anew() {
    let lab = Lab::scheduled();
    lab.cluster("c1", json!({}), json!([])).await;
    let mut spec = labels("location is DE");
    spec["backoff_limit"] = json!(1);
    lab.application("echo", spec).await;
    lab.until("echo", |app| app.status.state == ApplicationState::Degraded)
        .await;
    lab.until("echo", |app| app.status.state == ApplicationState::Failed)
        .await;
    lab.change::<Application>("echo", |app| app.spec.constraints.cluster.labels = None)
        .await;
    let bound = lab
        .until("echo", |app| is_on("c1")(app) && app.status.reason.is_none())
        .await;
    assert_eq!(bound.status.state, ApplicationState::Pending);
}

#[tokio::test]
async fn a_label_that_changes_moves_the_application_at_once() {
    let lab = Lab::api();
    lab.start(Options::default());
    lab.cluster("c1", json!({"location": "DE"}), json!([])).await;
    lab.cluster("c2", json!({}), json!([])).await;
    lab.application("echo", labels("location is DE")).await;
    lab.until("echo", is_on("c1")).await;
    for (cluster, location) in [("c2", "DE"), ("c1", "SK")] {
        lab.change::<Cluster>(cluster, |cluster| {
            cluster
                .metadata
                .labels
                .insert("location".to_owned(), location.to_owned());
        })
        .await;
    }
    lab.until("echo", is_on("c2")).await;
}

#[tokio::test]
async fn nowhere_to_go_leaves_the_application_where_it_runs_and_is_taken_back_when_it_fits_again() {
    let lab = Lab::scheduled();
    lab.cluster("c1", json!({"soil": "peat"}), json!([])).await;
    lab.cluster("c2", json!({"soil": "clay"}), json!([])).await;
    lab.application("echo", labels("soil is peat")).await;
    let mut placed = lab.until("echo", is_on("c1")).await;
    placed.status.running_on.clone_from(&placed.status.scheduled_to);
    placed.status.state = ApplicationState::Running;
    lab.client.update_status(&placed).await.unwrap();
    let set_soil = |soil: &'static str| {
        lab.change::<Cluster>("c1", move |cluster| {
            cluster.metadata.labels.insert("soil".to_owned(), soil.to_owned());
        })
    };
    set_soil("chalk").await;
    let stranded = lab.until("echo", is_unsuitable).await;
    assert!(is_on("c1")(&stranded));
    assert_eq!(stranded.status.running_on, placed.status.running_on);
    assert_eq!(stranded.status.state, ApplicationState::Degraded);
    set_soil("peat").await;
    let settled = lab.until("echo", |app| app.status.reason.is_none()).await;
    assert_eq!(settled.status.state, ApplicationState::Running);
    assert_eq!(settled.status.scheduled, placed.status.scheduled);
}

#[tokio::test]
async fn an_update_is_confirmed_without_a_new_binding() {
    let lab = Lab::scheduled();
    lab.cluster("c1", json!({}), json!([])).await;
    lab.application("echo", json!({})).await;
    let bound = lab.until("echo", is_on("c1")).await;
    let updated = lab
        .change::<Application>("echo", |app| {
            app.metadata.labels.insert("a".to_owned(), "b".to_owned());
        })
        .await;
    let confirmed = lab
        .until("echo", |app| {
            app.status.kube_controller_triggered >= Some(updated.metadata.modified)
        })
        .await;
    assert_eq!(confirmed.status.scheduled, bound.status.scheduled);
}

#[tokio::test]
async fn a_cluster_that_goes_offline_loses_its_applications_at_once() {
    let lab = Lab::api();
    lab.start(Options::default());
    let mut c1 = lab.cluster("c1", json!({}), json!([])).await;
    lab.application("echo", json!({})).await;
    lab.until("echo", is_on("c1")).await;
    lab.cluster("c2", json!({}), json!([])).await;
    c1.status.state = ClusterState::Offline;
    lab.client.update_status(&c1).await.unwrap();
    lab.until("echo", is_on("c2")).await;
}

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

#[tokio::test]
async fn applications_that_no_cluster_suits_neither_stop_the_scheduler_nor_those_of_others() {
    let lab = Lab::scheduled();
    lab.cluster("c1", json!({}), json!([])).await;
    for index in 0..20 {
        let spec = json!({"constraints": {"cluster": {"metrics": ["load gt 5"]}}});
        lab.application(&format!("hostile-{index}"), spec).await;
    }
    lab.application("echo", json!({})).await;
    lab.until("echo", is_on("c1")).await;
    for index in 0..20 {
        lab.until(&format!("hostile-{index}"), is_unsuitable).await;
    }
}

async fn all(client: &Client) -> Result<Vec<Application>, Error> {
    Ok(client.list(Namespaces::All, &ListOptions::default()).await?.items)
}

/// Creates applications over a number of equal clusters and returns how long it took until all were bound.
async fn spread(lab: &Lab, clusters: usize, applications: usize) -> Duration {
    for index in 0..clusters {
        lab.cluster(&format!("c{index:03}"), json!({}), json!([])).await;
    }
    let start = Instant::now();
    futures::future::join_all((0..10).map(|creator| async move {
        for index in (creator..applications).step_by(10) {
            lab.application(&format!("a{index}"), json!({})).await;
        }
    }))
    .await;
    let placed = until(async || {
        let all = all(&lab.client).await.unwrap();
        all.iter()
            .all(|app| app.status.scheduled_to.is_some())
            .then_some(all)
    })
    .await;
    let took = start.elapsed();
    let mut shares = BTreeMap::<_, usize>::new();
    for app in placed {
        *shares.entry(app.status.scheduled_to.unwrap().name).or_default() += 1;
    }
    assert_eq!(shares.len(), clusters.min(applications));
    let (least, most) = (shares.values().min().unwrap(), shares.values().max().unwrap());
    assert!(most - least <= 1, "{shares:?}");
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_applications_is_spread_evenly_over_equal_clusters_and_then_nothing_is_written() {
    let lab = Lab::scheduled();
    spread(&lab, 7, 70).await;
    let versions = async || {
        let all = all(&lab.client).await.unwrap();
        all.into_iter()
            .map(|app| app.metadata.resource_version)
            .collect::<Vec<_>>()
    };
    let settled = versions().await;
    lab.change::<Cluster>("c000", |cluster| {
        cluster
            .metadata
            .labels
            .insert("some".to_owned(), "thing".to_owned());
    })
    .await;
    // A further application is decided after all those that the change queued.
    lab.application("last", json!({})).await;
    lab.until("last", |app| app.status.scheduled_to.is_some()).await;
    let mut after = versions().await;
    after.pop();
    assert_eq!(after, settled);
}

/// `cargo test --release -p alasca-krake --lib -- --ignored --nocapture thousand_applications_on`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a check"]
async fn a_thousand_applications_on_a_hundred_clusters() {
    let lab = Lab::api();
    lab.start(Options::default());
    let took = spread(&lab, 100, 1000).await;
    println!("first create to last binding: {took:?}");
}
