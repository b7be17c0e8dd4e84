//! The lab itself keeps what it promises to the other stories.

#![cfg(test)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use alasca_tests::lab::{ExtraCluster, Lab, Prometheus, xtask, xtask_command};
use anyhow::Result;
use k8s_openapi::api::core::v1;
use kube::api::Api;

#[tokio::test]
async fn a_namespace_of_a_test_goes_with_it() -> Result<()> {
    let clusters = Lab::clusters()?;
    let cluster = clusters.first().expect("the lab has clusters");
    let namespaces = Api::<v1::Namespace>::all(cluster.client().await?);

    let namespace = cluster.namespace("lab").await?;
    let name = namespace.name.clone();
    assert!(namespaces.get_opt(&name).await?.is_some());
    drop(namespace);

    let after = namespaces.get_opt(&name).await?;
    assert!(
        after.is_none_or(|left| left.metadata.deletion_timestamp.is_some()),
        "it is gone or going"
    );
    Ok(())
}

#[tokio::test]
async fn an_extra_cluster_stops_freezes_and_goes_on_with_its_data() -> Result<()> {
    let extra = ExtraCluster::start("lab-test")?;
    let answers = || async {
        let namespaces = Api::<v1::Namespace>::all(extra.cluster().client().await?);
        anyhow::Ok(
            tokio::time::timeout(Duration::from_secs(2), namespaces.get("kept"))
                .await
                .is_ok_and(|one| one.is_ok()),
        )
    };
    let client = extra.cluster().client().await?;
    let kept = serde_json::from_value(serde_json::json!({"metadata": {"name": "kept"}}))?;
    Api::<v1::Namespace>::all(client)
        .create(&kube::api::PostParams::default(), &kept)
        .await?;

    extra.stop()?;
    assert!(!answers().await?, "it refuses");
    extra.go_on()?;
    assert!(answers().await?, "it is back with its data");
    extra.freeze()?;
    assert!(!answers().await?, "it does not answer");
    extra.go_on()?;
    assert!(answers().await?, "it goes on");
    Ok(())
}

/// The processes of a cluster that run, by the lab's own report; none if it does not know the cluster.
fn processes(cluster: &str) -> Result<Option<usize>> {
    let report = xtask(&["lab", "kubernetes", "status", "--output", "json"])?;
    let mut clusters = report["clusters"].as_array().into_iter().flatten();
    let Some(found) = clusters.find(|one| one["name"] == cluster) else {
        return Ok(None);
    };
    let processes = found["processes"].as_array().into_iter().flatten();
    Ok(Some(
        processes.filter(|process| process["running"] == true).count(),
    ))
}

#[test]
fn an_extra_cluster_whose_start_is_interrupted_leaves_nothing_behind() -> Result<()> {
    for signal in ["-INT", "-TERM"] {
        let name = format!("interrupted-{}", std::process::id());
        let mut up = xtask_command()
            .args(["lab", "kubernetes", "up", "--name", &name, "--nodes", "1"])
            .stderr(Stdio::null())
            .spawn()?;
        let end = Instant::now() + Duration::from_mins(1);
        while processes(&name)?.unwrap_or_default() == 0 {
            assert!(Instant::now() < end, "the cluster does not start");
        }
        assert!(
            Command::new("kill")
                .args([signal, &up.id().to_string()])
                .status()?
                .success()
        );
        assert!(!up.wait()?.success(), "{signal} ends the start");
        assert_eq!(processes(&name)?, None, "after {signal}");
    }
    Ok(())
}

#[tokio::test]
async fn a_prometheus_answers_and_goes_with_its_test() -> Result<()> {
    // reqwest is built without a choice of cryptography, even where it speaks none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Prometheus::start("lab-test", &["127.0.0.1:1"])?;
    let ready = format!("{}/-/ready", server.url);
    assert_eq!(reqwest::get(&ready).await?.status(), 200);
    drop(server);
    assert!(reqwest::get(&ready).await.is_err(), "it is gone");
    Ok(())
}
