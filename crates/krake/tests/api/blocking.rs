//! Requests that answer when a state is reached.

use std::time::Duration;

use serde_json::json;

use crate::harness::{APPLICATIONS, Server, application};

#[tokio::test]
async fn a_state_that_is_reached_already_is_answered_at_once() {
    let server = Server::start().await;
    let created = server
        .post(&format!("{APPLICATIONS}?blocking=pending"), &application("pond"))
        .await
        .ok();
    assert_eq!(created["status"]["state"], "PENDING");
    server
        .post(&format!("{APPLICATIONS}?blocking=False"), &application("lake"))
        .await
        .ok();
    server
        .post(&format!("{APPLICATIONS}?blocking=perhaps"), &application("sea"))
        .await
        .refused(422);
    server.get(&format!("{APPLICATIONS}/sea")).await.refused(404);
    server
        .delete(&format!("{APPLICATIONS}/pond?force=True&blocking=deleted"))
        .await
        .ok();
}

#[tokio::test]
async fn only_this_very_object_ends_the_wait() {
    let server = Server::start().await;
    let mut other = server.post(APPLICATIONS, &application("other")).await.ok();
    let (path, body) = (format!("{APPLICATIONS}?blocking=RUNNING"), application("pond"));
    let waiting = server.post(&path, &body);
    let working = async {
        let mut pond = loop {
            let answer = server.get(&format!("{APPLICATIONS}/pond")).await;
            if answer.status == 200 {
                break answer.body;
            }
        };
        other["status"]["state"] = json!("RUNNING");
        server
            .put(&format!("{APPLICATIONS}/other/status"), &other)
            .await
            .ok();
        pond["status"]["state"] = json!("CREATING");
        let mut pond = server
            .put(&format!("{APPLICATIONS}/pond/status"), &pond)
            .await
            .ok();
        pond["status"]["state"] = json!("RUNNING");
        server
            .put(&format!("{APPLICATIONS}/pond/status"), &pond)
            .await
            .ok();
    };
    let both = async { tokio::join!(waiting, working) };
    let (answer, ()) = tokio::time::timeout(Duration::from_secs(10), both).await.unwrap();
    let answer = answer.ok();
    assert_eq!(
        (&answer["metadata"]["name"], &answer["status"]["state"]),
        (&json!("pond"), &json!("RUNNING"))
    );
}

#[tokio::test]
async fn a_blocking_deletion_answers_when_the_object_is_gone() {
    let server = Server::start().await;
    server.post(APPLICATIONS, &application("pond")).await.ok();
    let path = format!("{APPLICATIONS}/pond");
    let url = format!("{path}?blocking=deleted");
    let erasing = async {
        let mut pond = loop {
            let pond = server.get(&path).await.ok();
            if pond["metadata"]["deleted"].is_string() {
                break pond;
            }
        };
        pond["metadata"]["finalizers"] = json!([]);
        server.put(&path, &pond).await.ok();
    };
    let both = async { tokio::join!(server.delete(&url), erasing) };
    let (answer, ()) = tokio::time::timeout(Duration::from_secs(10), both).await.unwrap();
    assert!(answer.ok()["metadata"]["deleted"].is_string());
    server.get(&path).await.refused(404);
}
