//! A child process writes and is killed; whatever it acknowledged must be there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;

const DIRECTORY: &str = "KRAKE_STORE_TEST_DIRECTORY";
const ROUND: &str = "KRAKE_STORE_TEST_ROUND";

/// The child: does nothing when the variables are not set, that is in every ordinary run.
#[test]
fn child_that_writes_until_it_is_killed() {
    let (Some(directory), Ok(round)) = (std::env::var_os(DIRECTORY), std::env::var(ROUND)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(write_for_ever(directory.as_ref(), &round));
}

async fn write_for_ever(directory: &Path, round: &str) {
    let store = Arc::new(open(directory));
    let writers = (0..8).map(|writer| {
        let (store, round) = (store.clone(), round.to_owned());
        tokio::spawn(async move {
            for index in 0.. {
                let key = format!("/{round}/{writer}/{index}");
                let revision = create(&store, &key, &key.repeat(20)).await.unwrap();
                let line = format!("ack {key} {revision}\n");
                std::io::stdout().write_all(line.as_bytes()).unwrap();
            }
        })
    });
    futures::future::join_all(writers).await;
}

fn spawn(directory: &Path, round: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "store::tests::crash::child_that_writes_until_it_is_killed",
            "--nocapture",
        ])
        .env(DIRECTORY, directory)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lets the child work for a while after its first write, kills it, and returns what it acknowledged.
fn kill_after(mut child: Child, time: Duration, meanwhile: impl FnOnce()) -> BTreeMap<String, Revision> {
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    while !first.contains("ack ") {
        first.clear();
        assert_ne!(
            output.read_line(&mut first).unwrap(),
            0,
            "the child ended by itself"
        );
    }
    meanwhile();
    std::thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
    let lines = std::iter::once(first).chain(output.lines().map_while(Result::ok).map(|line| line + "\n"));
    // The last line may be cut.
    lines
        .filter(|line| line.ends_with('\n'))
        .filter_map(|line| acknowledged(&line))
        .collect()
}

fn acknowledged(line: &str) -> Option<(String, Revision)> {
    let (key, revision) = line.split_once("ack ")?.1.trim().split_once(' ')?;
    Some((key.to_owned(), revision.parse().ok()?))
}

#[tokio::test]
async fn whatever_was_acknowledged_survives_being_killed_at_any_instant() {
    let directory = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(9);
    let mut all = BTreeMap::new();
    let mut highest = 0;
    for round in 0..10 {
        let time = Duration::from_micros(random.u64(0..60_000));
        let refused_meanwhile = || {
            let options = EmbeddedOptions::new(directory.path().join("krake.redb"), 1);
            assert!(matches!(
                EmbeddedStore::open(&options),
                Err(OpenError::Locked { .. })
            ));
        };
        let written = kill_after(spawn(directory.path(), round), time, refused_meanwhile);
        assert!(!written.is_empty());
        assert!(
            written.values().all(|revision| *revision > highest),
            "revisions ran backwards"
        );
        all.extend(written);
        let store = open(directory.path());
        for (key, revision) in &all {
            let entry = store
                .get(key)
                .await
                .unwrap()
                .unwrap_or_else(|| panic!("{key} is lost"));
            assert_eq!(
                (entry.modified, &*entry.value),
                (*revision, key.repeat(20).as_bytes())
            );
        }
        highest = store.revision();
        assert!(all.values().all(|revision| *revision < highest));
    }
}
