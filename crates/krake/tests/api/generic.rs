//! Routes of no kind, and answers of any.

use serde_json::json;

use crate::harness::{APPLICATIONS, Server, application};

#[tokio::test]
async fn the_root_says_its_version_and_me_who_asks() {
    let server = Server::start().await;
    assert_eq!(server.get("/").await.ok()["version"], "1.0.1");
    assert_eq!(
        server.get("/me").await.ok(),
        json!({"user": "system:admin", "roles": ["role:system"]})
    );
    let release = server.get("/release").await;
    assert_eq!(
        (release.status, release.body),
        (202, json!("You released the Krake."))
    );
}

#[tokio::test]
async fn the_api_tells_how_the_scheduler_is_set() {
    let server = Server::with(|options| options.scheduling.stickiness = Some(0.25)).await;
    assert_eq!(
        server.get("/scheduler").await.ok(),
        json!({"reschedule_after": null, "stickiness": 0.25, "metrics_interval": null})
    );
}

#[tokio::test]
async fn browsers_of_the_allowed_origin_may_call() {
    let server = Server::with(|options| options.cors_origin = "https://here".to_owned()).await;
    let preflight = |origin: &'static str| {
        let request = server
            .client
            .request(reqwest::Method::OPTIONS, format!("{}{APPLICATIONS}", server.url));
        request
            .header("origin", origin)
            .header("access-control-request-method", "PUT")
            .send()
    };
    let allowed = preflight("https://here").await.unwrap();
    assert_eq!(allowed.status(), 200);
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://here");
    assert_eq!(allowed.headers()["access-control-allow-credentials"], "true");
    let refused = preflight("https://there").await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(!refused.headers().contains_key("access-control-allow-origin"));
    let open = Server::start().await;
    let answer = open
        .client
        .get(&open.url)
        .header("origin", "https://there")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://there");
}

#[tokio::test]
async fn problems_and_objects_carry_their_media_types() {
    let server = Server::start().await;
    let media = |path: String| async {
        let response = server.client.get(path).send().await.unwrap();
        response.headers()["content-type"].to_str().unwrap().to_owned()
    };
    let problem = media(format!("{}{APPLICATIONS}/none", server.url)).await;
    assert_eq!(problem, "application/problem+json; charset=utf-8");
    assert_eq!(
        media(format!("{}{APPLICATIONS}", server.url)).await,
        "application/json; charset=utf-8"
    );
    let watch = media(format!("{}{APPLICATIONS}?watch", server.url)).await;
    assert_eq!(watch, "application/x-ndjson");
}

#[tokio::test]
async fn events_are_counted_per_object_and_go_with_it() {
    let server = Server::start().await;
    let created = server.post(APPLICATIONS, &application("pond")).await.ok();
    let path = format!("{APPLICATIONS}/pond/events");
    let event = json!({"type": "Normal", "reason": "Scheduled", "message": "to c1", "source": "scheduler"});
    assert_eq!(server.post(&path, &event).await.ok()["count"], 1);
    assert_eq!(server.post(&path, &event).await.ok()["count"], 2);
    server.post(&path, &json!({"reason": "x"})).await.refused(422);
    let list = server.get(&path).await.ok();
    assert_eq!(list["kind"], "EventList");
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        server.get(&format!("{APPLICATIONS}/pond")).await.ok(),
        created,
        "events do not touch the object"
    );
    server
        .delete(&format!("{APPLICATIONS}/pond?force=True"))
        .await
        .ok();
    server.post(&path, &event).await.refused(404);
    server.post(APPLICATIONS, &application("pond")).await.ok();
    assert_eq!(server.get(&path).await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_message_without_end_is_cut_where_it_stops_being_of_use() {
    let server = Server::start().await;
    server.post(APPLICATIONS, &application("pond")).await.ok();
    let path = format!("{APPLICATIONS}/pond/events");
    let message = "\u{e4}".repeat(100_000);
    let event = json!({"type": "Warning", "reason": "Failed", "message": message, "source": "test"});
    let noted = server.post(&path, &event).await.ok();
    let kept = noted["message"].as_str().unwrap();
    assert!(
        kept.len() <= 4096 && kept.ends_with('\u{2026}'),
        "{} bytes",
        kept.len()
    );
    assert_eq!(server.post(&path, &event).await.ok()["count"], 2);
}

#[tokio::test]
async fn the_openapi_document_has_every_route_and_resolves_every_reference() {
    let server = Server::start().await;
    let document = server.get("/openapi.json").await.ok();
    assert_eq!(document, krake::server::openapi());
    assert!(
        document["paths"]["/kubernetes/namespaces/{namespace}/applications/{name}/binding"]["put"]
            .is_object()
    );
    let text = document.to_string();
    for reference in text.split(r##""$ref":"#"##).skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}
