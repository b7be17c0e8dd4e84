//! A server is killed at random instants under load, over and over on the same data.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::process::{Process, client, send};

const WORKERS: usize = 8;
/// How many names each worker creates, changes and deletes.
const NAMES: usize = 20;
const COLLECTION: &str = "/kubernetes/namespaces/tarn/applications";

/// What is known of a name.
#[derive(Debug, Default)]
struct Known {
    /// As acknowledged: the label and the revision; none if the object is gone.
    certain: Option<(u64, u64)>,
    under_way: UnderWay,
}

/// The request for a name that has no answer yet.
#[derive(Debug, Default)]
enum UnderWay {
    #[default]
    Nothing,
    /// It sets this label.
    Write(u64),
    Deletion,
}

/// One of the clients that write at the same time, with names of its own.
struct Worker {
    index: usize,
    random: fastrand::Rng,
    names: BTreeMap<String, Known>,
    /// Grows with every write.
    label: u64,
    acknowledged: usize,
}

impl Worker {
    fn new(index: usize) -> Self {
        let names = (0..NAMES).map(|name| (format!("w{index}-{name}"), Known::default()));
        Self {
            index,
            random: fastrand::Rng::with_seed(index as u64),
            names: names.collect(),
            label: 0,
            acknowledged: 0,
        }
    }

    /// Writes until the server is gone.
    async fn write(mut self, client: reqwest::Client, url: String) -> Self {
        while self.write_once(&client, &url).await.is_some() {}
        self
    }

    async fn write_once(&mut self, client: &reqwest::Client, url: &str) -> Option<()> {
        let name = format!("w{}-{}", self.index, self.random.usize(0..NAMES));
        self.label += 1;
        let label = self.label;
        let known = self.names.get_mut(&name).unwrap();
        let (collection, object) = (format!("{url}{COLLECTION}"), format!("{url}{COLLECTION}/{name}"));
        let body = application(&name, label);
        let is_deletion = known.certain.is_some() && self.random.u8(0..4) == 0;
        known.under_way = if is_deletion {
            UnderWay::Deletion
        } else {
            UnderWay::Write(label)
        };
        let (status, answer) = if is_deletion {
            send(
                client,
                Method::DELETE,
                &format!("{object}?force=True"),
                &Value::Null,
            )
            .await?
        } else if known.certain.is_some() {
            send(client, Method::PUT, &object, &body).await?
        } else {
            send(client, Method::POST, &collection, &body).await?
        };
        assert_eq!(status, 200, "{name} {known:?}: {answer}");
        known.certain = Some((label, revision(&answer))).filter(|_| !is_deletion);
        known.under_way = UnderWay::Nothing;
        self.acknowledged += 1;
        Some(())
    }

    /// Compares what is known with what is there, and takes over what was under way.
    fn check(&mut self, found: &BTreeMap<String, (u64, u64)>) {
        for (name, known) in &mut self.names {
            let found = found.get(name).copied();
            let is_under_way = match known.under_way {
                UnderWay::Nothing => false,
                UnderWay::Write(label) => found.is_some_and(|(found, _)| found == label),
                UnderWay::Deletion => found.is_none(),
            };
            assert!(
                found == known.certain || is_under_way,
                "{name}: {known:?}, found {found:?}"
            );
            *known = Known {
                certain: found,
                under_way: UnderWay::Nothing,
            };
        }
    }
}

fn application(name: &str, label: u64) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"label": label.to_string()}},
        "spec": {
            "manifest": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}],
            "constraints": {"cluster": {}},
        },
    })
}

fn revision(object: &Value) -> u64 {
    let version = object["metadata"]["resourceVersion"].as_str();
    version.unwrap().parse().unwrap()
}

async fn everything(client: &reqwest::Client, url: &str) -> (BTreeMap<String, (u64, u64)>, u64) {
    let list = send(client, Method::GET, &format!("{url}{COLLECTION}"), &Value::Null).await;
    let list = list.unwrap().1;
    let items = list["items"].as_array().unwrap().iter().map(|item| {
        let label = item["metadata"]["labels"]["label"].as_str().unwrap();
        let name = item["metadata"]["name"].as_str().unwrap().to_owned();
        (name, (label.parse().unwrap(), revision(item)))
    });
    (items.collect(), revision(&list))
}

fn check(workers: &mut [Worker], found: &BTreeMap<String, (u64, u64)>) {
    for worker in workers {
        worker.check(found);
    }
}

async fn survives(kills: usize) {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().to_str().unwrap();
    let (client, mut random) = (client(), fastrand::Rng::with_seed(9));
    let mut workers: Vec<_> = (0..WORKERS).map(Worker::new).collect();
    let mut highest = 0;
    for _ in 0..kills {
        let server = Process::start(&["--only", "api", "--listen", "127.0.0.1:0", "--data-dir", data]);
        let (found, revision) = everything(&client, &server.url).await;
        assert!(revision > highest, "revisions ran backwards");
        check(&mut workers, &found);
        let mut writing = JoinSet::new();
        for worker in workers.drain(..) {
            writing.spawn(worker.write(client.clone(), server.url.clone()));
        }
        // Any instant, from the first connection on.
        tokio::time::sleep(Duration::from_micros(random.u64(0..120_000))).await;
        drop(server);
        workers = writing.join_all().await;
        let certain = workers.iter().flat_map(|worker| worker.names.values());
        let revisions = certain.filter_map(|known| known.certain.map(|(_, revision)| revision));
        highest = revisions.chain([highest]).max().unwrap();
    }
    let server = Process::start(&["--only", "api", "--listen", "127.0.0.1:0", "--data-dir", data]);
    let (found, _) = everything(&client, &server.url).await;
    check(&mut workers, &found);
    let acknowledged: usize = workers.iter().map(|worker| worker.acknowledged).sum();
    println!("{kills} kills, {acknowledged} acknowledged writes");
    assert!(
        acknowledged > 10 * kills,
        "that was no load: {acknowledged} writes"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_write_survives_ten_kills_under_load() {
    survives(10).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "heavy: starts and kills a server two hundred times"]
async fn every_acknowledged_write_survives_two_hundred_kills_under_load() {
    survives(200).await;
}
