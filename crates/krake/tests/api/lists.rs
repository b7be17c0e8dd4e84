//! Selectors and pages.

use serde_json::{Value, json};

use crate::harness::{APPLICATIONS, Server, application};

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["metadata"]["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn lists_are_selected_by_labels() {
    let server = Server::start().await;
    for (name, labels) in [
        ("a", json!({"soil": "peat"})),
        ("b", json!({"soil": "clay"})),
        ("c", json!({})),
    ] {
        let mut body = application(name);
        body["metadata"]["labels"] = labels;
        server.post(APPLICATIONS, &body).await.ok();
    }
    for (selector, expected) in [
        ("soil%3Dpeat", vec!["a"]),
        ("soil", vec!["a", "b"]),
        ("!soil", vec!["c"]),
        ("soil%20in%20(peat,%20clay)", vec!["a", "b"]),
    ] {
        let list = server
            .get(&format!("{APPLICATIONS}?labelSelector={selector}"))
            .await
            .ok();
        assert_eq!(names(&list), expected);
        let page = server
            .get(&format!("{APPLICATIONS}?labelSelector={selector}&limit=1"))
            .await
            .ok();
        assert_eq!(names(&page), expected[..1]);
        assert_eq!(page["metadata"].get("continue").is_some(), expected.len() > 1);
    }
    server
        .get(&format!("{APPLICATIONS}?labelSelector=a%20b"))
        .await
        .refused(422);
}

#[tokio::test]
async fn pages_together_are_the_list_and_a_watch_from_their_revision_misses_nothing() {
    let server = Server::start().await;
    for index in 0..7 {
        server
            .post(APPLICATIONS, &application(&format!("a{index}")))
            .await
            .ok();
    }
    let mut page = server.get(&format!("{APPLICATIONS}?limit=3")).await.ok();
    let revision = page["metadata"]["resourceVersion"].clone();
    let mut all = Vec::new();
    loop {
        all.extend(names(&page).into_iter().map(str::to_owned));
        assert_eq!(page["metadata"]["resourceVersion"], revision);
        server
            .post(APPLICATIONS, &application(&format!("z{}", all.len())))
            .await
            .ok();
        let Some(token) = page["metadata"]["continue"].as_str() else {
            break;
        };
        page = server
            .get(&format!("{APPLICATIONS}?limit=3&continue={token}"))
            .await
            .ok();
    }
    assert_eq!(all[..7], ["a0", "a1", "a2", "a3", "a4", "a5", "a6"]);
    server
        .get(&format!("{APPLICATIONS}?continue=nonsense"))
        .await
        .refused(422);
    server
        .get(&format!("{APPLICATIONS}?limit=many"))
        .await
        .refused(422);
    assert_eq!(
        names(&server.get(&format!("{APPLICATIONS}?limit=0")).await.ok()).len(),
        all.len() + 1
    );
}
