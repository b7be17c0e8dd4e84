//! `/metrics` says of each controller how it is doing.

use crate::process::{Process, until_page};

#[tokio::test(flavor = "multi_thread")]
async fn every_controller_tells_its_queue_its_runs_its_failures_and_how_long_runs_take() {
    let data = tempfile::tempdir().unwrap();
    let server = Process::start(&[
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        data.path().to_str().unwrap(),
    ]);
    let expected: Vec<_> = ["scheduler", "scheduler-clusters", "application", "cluster", "gc"]
        .into_iter()
        .flat_map(|controller| {
            [
                "waiting",
                "running",
                "runs_total",
                "failures_total",
                "run_seconds_count",
            ]
            .map(|figure| format!("reconcile_{figure}{{controller=\"{controller}\"}}"))
        })
        .collect();
    let is_whole =
        |status, text: &str| status == 200 && expected.iter().all(|figure| text.contains(figure.as_str()));
    until_page(&format!("{}/metrics", server.url), is_whole).await;
}
