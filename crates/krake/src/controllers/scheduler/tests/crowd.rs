//! Many applications at once.

use super::*;

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
#[ignore = "heavy: a measurement more than a check"]
async fn a_thousand_applications_on_a_hundred_clusters() {
    let lab = Lab::api();
    lab.start(Options::default());
    let took = spread(&lab, 100, 1000).await;
    println!("first create to last binding: {took:?}");
}
