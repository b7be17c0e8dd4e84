//! `/readyz` says what a process still waits for.

use crate::process::{Process, free_address, until_page};

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_server_is_ready_when_its_store_and_each_of_its_controllers_are() {
    let data = tempfile::tempdir().unwrap();
    let server = Process::start(&[
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        data.path().to_str().unwrap(),
    ]);
    let text = until_page(&format!("{}/readyz", server.url), |status, _| status == 200).await;
    let expected =
        ["store", "scheduler", "application", "cluster", "gc"].map(|name| format!("[+] {name}: ok\n"));
    assert_eq!(text, expected.concat() + "ready\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_controller_of_its_own_is_ready_when_it_has_read_what_it_needs_and_reaches_the_api() {
    let data = tempfile::tempdir().unwrap();
    let address = free_address();
    let endpoint = format!("http://{address}");
    let gc = Process::start(&[
        "--only",
        "gc",
        "--listen",
        "127.0.0.1:0",
        "--api-endpoint",
        &endpoint,
    ]);
    let ready = format!("{}/readyz", gc.url);
    let is_lost = |status, text: &str| status == 503 && text.contains("[-] api: ");
    let text = until_page(&ready, is_lost).await;
    assert!(
        text.contains("[-] gc: waits for the first list of Application, "),
        "{text}"
    );
    let data = data.path().to_str().unwrap();
    let api = Process::start(&["--only", "api", "--listen", &address, "--data-dir", data]);
    let text = until_page(&ready, |status, _| status == 200).await;
    assert_eq!(text, "[+] gc: ok\n[+] api: ok\nready\n");
    drop(api);
    let text = until_page(&ready, is_lost).await;
    assert!(text.contains("[+] gc: ok\n"), "{text}");
    let (_, refused) = crate::process::page(&format!("{}/nowhere", gc.url))
        .await
        .unwrap();
    assert!(refused.contains("\"status\":404"), "{refused}");
    let wrong = crate::process::client().post(&ready).send().await.unwrap();
    assert!(wrong.text().await.unwrap().contains("\"status\":405"));
}
