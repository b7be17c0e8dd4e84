//! A store that cannot grow: the kernel refuses writes beyond a size, as it does on a full disk.

use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use crate::process::{Process, client, page, program, send, until_page};

const COLLECTION: &str = "/core/metricsproviders";
const TARN: &str = "/core/namespaces/tarn/metricsproviders";
/// More than the file needs while it is empty.
const LIMIT: &str = "4194304";

/// `krake serve`, whose files may not become larger than the limit until it is lifted. The program that sets
/// limits belongs to util-linux.
fn start(data: &str) -> Process {
    // Who ignores the signal is told by an error.
    let script = r#"trap "" XFSZ; exec prlimit --fsize="$0":unlimited "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, LIMIT]).arg(program());
    command.args([
        "serve",
        "--only",
        "api",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        data,
    ]);
    Process::run(&mut command, Stdio::null())
}

fn provider(name: &str) -> Value {
    let token = fastrand::Rng::with_seed(1)
        .alphanumeric()
        .to_string()
        .repeat(20_000);
    json!({"metadata": {"name": name}, "spec": {"type": "influx",
        "influx": {"url": "http://i", "token": token, "org": "o", "bucket": "b"}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_clearly_until_there_is_room_again_and_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().to_str().unwrap();
    let server = start(data);
    let (http, ready) = (client(), format!("{}/readyz", server.url));
    let create = async |name: &str| {
        let url = format!("{}{TARN}", server.url);
        send(&http, Method::POST, &url, &provider(name)).await.unwrap()
    };
    assert_eq!(
        page(&ready).await.unwrap(),
        (200, "[+] store: ok\nready\n".to_owned())
    );
    let mut acknowledged = Vec::new();
    let refusal = loop {
        let name = format!("p{}", acknowledged.len());
        match create(&name).await {
            (200, _) => acknowledged.push(name),
            refusal => break refusal,
        }
        assert!(acknowledged.len() < 1000, "the limit is not in force");
    };
    assert_eq!(
        (refusal.0, &refusal.1["status"]),
        (503, &json!(503)),
        "{refusal:?}"
    );
    assert_eq!(create("again").await.0, 503, "refused at once, not hanging");
    let (status, text) = page(&ready).await.unwrap();
    assert_eq!(status, 503);
    assert!(text.starts_with("[-] store: the store cannot write: "), "{text}");
    assert_eq!(page(&format!("{}/livez", server.url)).await.unwrap().0, 200);
    assert_eq!(names(&server.url).await, sorted(&acknowledged), "reading goes on");
    let lifted = Command::new("prlimit")
        .args(["--pid", &server.pid(), "--fsize=unlimited"])
        .status();
    assert!(lifted.unwrap().success());
    until_page(&ready, |status, _| status == 200).await;
    assert_eq!(create("room").await.0, 200);
    let known = names(&server.url).await;
    // What was refused may have happened; what was acknowledged has.
    assert!(acknowledged.iter().all(|name| known.contains(name)));
    drop(server);
    let server = start(data);
    assert_eq!(names(&server.url).await, known);
}

async fn names(url: &str) -> Vec<String> {
    let list = send(
        &client(),
        Method::GET,
        &format!("{url}{COLLECTION}"),
        &Value::Null,
    )
    .await;
    let list = list.unwrap().1;
    let name = |item: &Value| item["metadata"]["name"].as_str().unwrap().to_owned();
    list["items"].as_array().unwrap().iter().map(name).collect()
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names
}
