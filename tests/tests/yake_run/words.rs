//! The word of an operator: suspended is left alone, resumed is put right at once, and a request is answered.

use serde_json::Value;

use crate::stage::{Stage, config_map, said, until};

async fn with_one(purpose: &str) -> Stage {
    let stage = Stage::set(
        purpose,
        &[("apps/kustomization.yaml", "resources: []\n".to_owned())],
    )
    .await;
    stage.write("apps/kustomization.yaml", "resources: [reed.yaml]\n");
    stage.write("apps/reed.yaml", &config_map(&stage.namespace.name, "reed", "1"));
    stage.commit("one");
    stage.has("reed", "1").await;
    stage
}

/// G19
#[tokio::test(flavor = "multi_thread")]
async fn what_is_suspended_is_left_alone_and_put_right_when_resumed() {
    let stage = with_one("suspended").await;
    let output = stage.yake(&["suspend", "dev"]);
    assert!(output.status.success(), "{}", said(&output));
    until("it says that it is suspended", async || {
        let ready = stage.condition("Ready").await?;
        (ready["reason"] == "Suspended").then_some(())
    })
    .await;
    stage.overwrite("reed", "by hand").await;
    // An answered request proves that a whole run has passed since.
    let output = stage.yake(&["reconcile", "dev", "--timeout", "30s"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(
        stage.get("ConfigMap", "reed").await.unwrap()["data"]["a"],
        "by hand"
    );

    stage.yake(&["resume", "dev"]);
    stage.has("reed", "1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn units_objects_and_events_are_told() {
    let stage = with_one("told").await;
    stage.is_ready().await;
    let read = |arguments: &[&str]| -> Value {
        let output = stage.yake(arguments);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
    };
    let units = read(&["get", "dev", "-o", "json"]);
    assert_eq!(units[1]["unit"], "apps");
    assert_eq!(units[1]["ready"], true);
    let doctor: Value = serde_json::from_slice(&stage.yake(&["doctor", "-o", "json"]).stdout).unwrap();
    let of_landscape = doctor
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["what"] == "landscape dev");
    assert_eq!(of_landscape.unwrap()["well"], true, "{doctor}");
    let objects = read(&["tree", "dev", "-o", "json"]);
    assert!(
        objects[0]["object"].as_str().unwrap().starts_with("ConfigMap"),
        "{objects}"
    );
    let live = stage.get("ConfigMap", "reed").await.unwrap();
    assert_eq!(objects[0]["uid"], live["metadata"]["uid"]);
    let events = until("an event", async || {
        let events = read(&["events", "dev", "-o", "json"]);
        let all = events.as_array()?;
        all.iter()
            .any(|event| event["reason"] == "Applied")
            .then_some(events.clone())
    })
    .await;
    assert!(events.to_string().contains("create ConfigMap"), "{events}");
}
