//! What is said is recorded, in order, also when the recorder is told to end; and nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::api::{GlobalMetric, Timestamp};
use crate::server::{App, Options};
use crate::store::{EmbeddedOptions, EmbeddedStore};

struct Lab {
    client: Client,
    _folder: tempfile::TempDir,
}

fn lab() -> Lab {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&EmbeddedOptions::new(folder.path().join("krake.redb"), 1)).unwrap();
    let app = App::new(
        Arc::new(store),
        Options::new(|| Timestamp::new(jiff::Timestamp::UNIX_EPOCH)),
    );
    Lab {
        client: Client::local(app.router(), "system:admin"),
        _folder: folder,
    }
}

fn metric(name: &str) -> GlobalMetric {
    serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {"min": 0, "max": 1, "provider": {"name": "p", "metric": "m"}},
    }))
    .unwrap()
}

#[tokio::test]
async fn what_was_said_before_the_end_is_recorded_in_order() {
    let lab = lab();
    let reed = lab.client.create(&metric("reed")).await.unwrap();
    let (recorder, writing) = Recorder::start(&lab.client, "test");
    let reasons: Vec<_> = (0..50).map(|index| format!("R{index}")).collect();
    for reason in &reasons {
        recorder.record(&reed, EventType::Normal, reason, reason.clone());
    }
    // The recorder itself is still held by somebody.
    writing.finish().await;
    let events = lab.client.events::<GlobalMetric>(None, "reed").await.unwrap();
    let kept: Vec<_> = events.into_iter().map(|event| event.reason).collect();
    assert!(!kept.is_empty() && reasons.ends_with(&kept), "{kept:?}");
    assert_eq!(kept.last(), reasons.last());
    drop(recorder);
}

#[tokio::test(start_paused = true)]
async fn an_api_that_does_not_answer_holds_up_nobody_for_long() {
    let router = axum::Router::new().fallback(futures::future::pending::<()>);
    let client = Client::local(router, "system:admin");
    let (recorder, writing) = Recorder::start(&client, "test");
    for index in 0..2 * WAITING {
        recorder.record(&metric("reed"), EventType::Normal, "Said", index.to_string());
    }
    assert!(
        recorder.lanes.iter().any(|lane| lane.capacity() == 0),
        "more than this never wait"
    );
    let end = tokio::time::timeout(GRACE + Duration::from_secs(1), writing.finish());
    assert!(end.await.is_ok());
}
