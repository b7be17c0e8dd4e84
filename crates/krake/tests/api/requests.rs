//! Requests that are wrong before their bodies are looked at.

use serde_json::json;

use crate::harness::{APPLICATIONS, Server, application};
use crate::kinds::KINDS;

#[tokio::test]
async fn a_path_that_is_no_text_is_refused_and_stores_nothing() {
    let server = Server::start().await;
    let namespace = "/kubernetes/namespaces/%ff/applications";
    let detail = server.post(namespace, &application("pond")).await.refused(400);
    assert!(detail.contains("UTF-8"), "{detail}");
    server.get(namespace).await.refused(400);
    server.get(&format!("{APPLICATIONS}/%ff")).await.refused(400);
    server.delete(&format!("{APPLICATIONS}/%ff")).await.refused(400);
    server
        .post("/kubernetes/namespaces/a%2Fb/applications", &application("pond"))
        .await
        .refused(422);
    assert_eq!(
        server.get("/kubernetes/applications").await.ok()["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_path_without_its_namespace_leads_nowhere() {
    let server = Server::start().await;
    let collection = "/kubernetes/namespaces//applications";
    server.get(collection).await.refused(404);
    server.post(collection, &application("pond")).await.refused(404);
}

#[tokio::test]
async fn a_refused_method_is_answered_with_those_that_work() {
    let server = Server::start().await;
    for kind in KINDS {
        for (path, expected) in [
            (
                format!("{}/a", kind.collection("tarn")),
                ["DELETE", "GET", "PUT"].as_slice(),
            ),
            (kind.collection("tarn"), &["GET", "POST"]),
        ] {
            let request = server.client.patch(format!("{}{path}", server.url));
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 405);
            let allowed = response.headers()["allow"].to_str().unwrap().to_owned();
            assert!(
                expected.iter().all(|method| allowed.contains(method)),
                "{path}: {allowed}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_goes_on_only_in_the_list_that_it_began_in() {
    let server = Server::start().await;
    for (namespace, name) in [("fell", "a"), ("fell", "b"), ("tarn", "a")] {
        let path = format!("/kubernetes/namespaces/{namespace}/applications");
        server.post(&path, &application(name)).await.ok();
    }
    let fell = "/kubernetes/namespaces/fell/applications";
    let page = server.get(&format!("{fell}?limit=1")).await.ok();
    let token = page["metadata"]["continue"].as_str().unwrap();
    let next = server.get(&format!("{fell}?limit=1&continue={token}")).await.ok();
    assert_eq!(next["items"][0]["metadata"]["name"], "b");
    let detail = server
        .get(&format!("{APPLICATIONS}?continue={token}"))
        .await
        .refused(422);
    assert!(detail.contains("continue"), "{detail}");
}

#[tokio::test]
async fn a_preflight_from_elsewhere_is_refused_with_a_problem_document() {
    let server = Server::with(|options| options.cors_origin = "https://here".to_owned()).await;
    let request = server
        .client
        .request(reqwest::Method::OPTIONS, format!("{}{APPLICATIONS}", server.url))
        .header("origin", "https://there");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 403);
    let problem: serde_json::Value = response.json().await.unwrap();
    assert!(
        problem["detail"].as_str().unwrap().contains("https://there"),
        "{problem}"
    );
}
