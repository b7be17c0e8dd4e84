//! What is kept, and through what.

use std::fs;

use serde_json::Value;

use crate::stage::{Stage, config_map, until};

/// The namespace is only known once there is one: files are written in a second commit.
async fn with_two(purpose: &str) -> Stage {
    let stage = Stage::set(
        purpose,
        &[("apps/kustomization.yaml", "resources: []\n".to_owned())],
    )
    .await;
    fill(&stage, "1");
    stage.commit("two");
    stage.has("reed", "1").await;
    stage.has("moss", "1").await;
    stage.is_ready().await;
    stage
}

fn fill(stage: &Stage, value: &str) {
    let namespace = &stage.namespace.name;
    stage.write("apps/kustomization.yaml", "resources: [reed.yaml, moss.yaml]\n");
    stage.write("apps/reed.yaml", &config_map(namespace, "reed", value));
    stage.write("apps/moss.yaml", &config_map(namespace, "moss", "1"));
}

/// G10, B3: what is committed comes about, what others change or delete is put right, what is gone from Git goes.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_comes_about_and_stays() {
    let stage = with_two("keeping").await;
    stage.overwrite("reed", "stolen").await;
    stage.has("reed", "1").await;
    stage.delete("moss").await;
    stage.has("moss", "1").await;

    fill(&stage, "2");
    stage.commit("another value");
    stage.has("reed", "2").await;

    stage.write("apps/kustomization.yaml", "resources: [reed.yaml]\n");
    stage.remove("apps/moss.yaml");
    stage.commit("one is gone");
    until("moss is gone", async || {
        stage.get("ConfigMap", "moss").await.is_none().then_some(())
    })
    .await;
    stage.has("reed", "2").await;
}

/// G10: drift is only told of, or not looked at, where the unit says so; another revision is applied all the same.
#[tokio::test(flavor = "multi_thread")]
async fn drift_is_only_told_of_where_the_unit_says_so() {
    let stage = with_two("tolerant").await;
    let landscape = fs::read_to_string(stage.repository().join("landscape.yaml")).unwrap();
    stage.write(
        "landscape.yaml",
        &landscape.replace("path: apps}", "path: apps, drift: warn}"),
    );
    stage.commit("only tell");
    stage.applied_newest().await;
    stage.overwrite("reed", "by hand").await;
    until("the drift is told of", async || {
        let output = stage.yake(&["events", "dev", "-o", "json"]);
        String::from_utf8_lossy(&output.stdout)
            .contains("DriftDetected")
            .then_some(())
    })
    .await;
    assert_eq!(
        stage.get("ConfigMap", "reed").await.unwrap()["data"]["a"],
        "by hand"
    );

    fill(&stage, "2");
    stage.commit("another value");
    stage.has("reed", "2").await;
}

/// G5: while the repository cannot be fetched, the last good revision is kept, drift included.
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_away_keeps_nothing_from_being_kept() {
    let stage = with_two("offline").await;
    let away = stage.repository().with_extension("away");
    fs::rename(stage.repository(), &away).unwrap();
    until("the fetch fails", async || stage.condition("FetchFailed").await).await;
    assert!(stage.condition("ArtifactOutdated").await.is_some());
    stage.overwrite("reed", "stolen").await;
    stage.has("reed", "1").await;

    fs::rename(&away, stage.repository()).unwrap();
    until("the fetch succeeds", async || {
        stage.condition("FetchFailed").await.is_none().then_some(())
    })
    .await;
    fill(&stage, "2");
    stage.commit("after the outage");
    stage.has("reed", "2").await;
    stage.is_ready().await;
}

/// A controller that is killed and started again goes on, and what is in line gets no writes.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_controller_goes_on_and_writes_nothing_that_is_there() {
    let mut stage = with_two("killed").await;
    let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
    let before = version(&stage.get("ConfigMap", "moss").await.unwrap());
    stage.kill();
    fill(&stage, "3");
    stage.commit("while nobody looks");
    stage.overwrite("reed", "stolen").await;
    stage.start();
    stage.has("reed", "3").await;
    stage.is_ready().await;
    let after = version(&stage.get("ConfigMap", "moss").await.unwrap());
    assert_eq!(
        before, after,
        "moss was as it should be and was written all the same"
    );
}

/// Y4: a unit that suddenly builds to nothing loses nothing until Git says that it is meant so.
#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_builds_to_nothing_keeps_its_objects_until_that_is_consented_to() {
    let stage = with_two("empty").await;
    stage.write("apps/kustomization.yaml", "resources: []\n");
    stage.commit("a mistake");
    let ready = until("the unit says that it is blocked", async || {
        let ready = stage.condition("Ready").await?;
        (ready["reason"] == "PruneBlocked").then_some(ready)
    })
    .await;
    assert!(
        ready["message"].as_str().unwrap().contains("2 objects would go"),
        "{ready}"
    );
    assert!(stage.get("ConfigMap", "reed").await.is_some());

    let landscape = fs::read_to_string(stage.repository().join("landscape.yaml")).unwrap();
    stage.write(
        "landscape.yaml",
        &landscape.replace("path: apps}", "path: apps, allowEmpty: true}"),
    );
    stage.commit("it is meant so");
    for name in ["reed", "moss"] {
        until("it is gone", async || {
            stage.get("ConfigMap", name).await.is_none().then_some(())
        })
        .await;
    }
}
