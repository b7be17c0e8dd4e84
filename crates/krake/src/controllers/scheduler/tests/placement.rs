//! Applications that are placed, wait, move and stay.

use super::*;

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
async fn a_retry_starts_a_new_series_from_failed() {
    let lab = Lab::scheduled();
    lab.cluster("c1", json!({}), json!([])).await;
    let mut spec = labels("location is DE");
    spec["backoff_limit"] = json!(0);
    lab.application("echo", spec).await;
    let failed = lab
        .until("echo", |app| app.status.state == ApplicationState::Failed)
        .await;
    let path = "/kubernetes/namespaces/green/applications/echo/retry";
    let _: Value = lab.client.request(http::Method::PUT, path, None).await.unwrap();
    let again = lab
        .until("echo", |app| {
            app.status.state == ApplicationState::Failed
                && app.status.scheduled_retry > failed.status.scheduled_retry
        })
        .await;
    assert!(is_unsuitable(&again));
}
