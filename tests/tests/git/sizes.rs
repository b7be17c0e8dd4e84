//! Large repositories, large files, bombs: time and memory stay bounded (the source half of G24).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use alasca_tests::git::{HttpServer, Repository};
use common::git::{Class, Error};
use yake::build::TreeError;
use yake::source::Snapshot;

use super::{Place, main_branch, remote};

/// Watches how much memory this process has of its own; pages of files that are mapped belong to the system.
struct Memory {
    before: u64,
    most: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Memory {
    fn watch() -> Self {
        let (most, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let before = own();
        let (seen, over) = (Arc::clone(&most), Arc::clone(&stop));
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                seen.fetch_max(own(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        Self { before, most, stop }
    }

    /// MiB more than at the beginning.
    fn grown(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.most.load(Ordering::Relaxed).saturating_sub(self.before)
    }
}

fn own() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}

#[tokio::test]
async fn ten_thousand_files_are_fetched_and_read_within_seconds() {
    let place = Place::new();
    let repository = Repository::create(place.root(), "landscape", "main").unwrap();
    let file = |number: u32| {
        let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}}}\n");
        (format!("u{}/c{number}.yaml", number % 100), text.into_bytes())
    };
    repository.import("main", (0..10_000).map(file)).unwrap();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let mirror = place.mirror().await;
    let start = Instant::now();
    let revision = mirror
        .fetch(&remote(&server.url("landscape"), &[]), &main_branch())
        .await
        .unwrap();
    let snapshot = Snapshot::take(&mirror, revision).await.unwrap();
    assert_eq!(snapshot.tree.below("").count(), 10_000);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_file_of_50_mb_is_refused_by_name_and_does_not_fill_the_memory() {
    let place = Place::new();
    let repository = place.repository();
    // Over a pipe of the test's own git, so that this process never has the bytes.
    let script = "head -c 52428800 /dev/urandom > ../landscape.work/large.yaml";
    let shell = std::process::Command::new("sh")
        .args(["-c", script])
        .current_dir(repository.work())
        .status();
    assert!(shell.unwrap().success());
    repository.git(&["config", "core.compression", "0"]).unwrap();
    repository.commit("large").unwrap();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let mirror = place.mirror().await;
    let memory = Memory::watch();
    let revision = mirror
        .fetch(&remote(&server.url("landscape"), &[]), &main_branch())
        .await
        .unwrap();
    let snapshot = Snapshot::take(&mirror, revision).await.unwrap();
    let grown = memory.grown();
    assert!(grown < 40, "{grown} MiB");
    let refused = snapshot.tree.bytes("large.yaml").unwrap_err();
    assert!(
        matches!(refused, TreeError::Large { size: 52_428_800, .. }),
        "{refused}"
    );
    assert!(snapshot.tree.bytes("u/a.yaml").is_ok());
}

#[tokio::test]
async fn a_bomb_is_refused_before_it_is_unpacked() {
    let place = Place::new();
    let repository = place.repository();
    let script = "truncate --size 160M zero.yaml";
    let shell = std::process::Command::new("sh")
        .args(["-c", script])
        .current_dir(repository.work())
        .status();
    assert!(shell.unwrap().success());
    repository.commit("bomb").unwrap();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let mirror = place.mirror().await;
    let memory = Memory::watch();
    let error = mirror
        .fetch(&remote(&server.url("landscape"), &[]), &main_branch())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Pack { .. }), "{error}");
    assert!(error.to_string().contains("an object of 167772160"), "{error}");
    assert_eq!(error.class(), Class::Permanent);
    let grown = memory.grown();
    assert!(grown < 40, "{grown} MiB");
}

#[tokio::test]
async fn a_snapshot_has_what_flux_would_have() {
    let place = Place::new();
    let repository = place.repository();
    repository.write(".sourceignore", "/docs/\n").unwrap();
    repository.write("docs/a.yaml", "").unwrap();
    repository.write("logo.png", "").unwrap();
    repository.write(".github/workflows/a.yaml", "").unwrap();
    std::os::unix::fs::symlink("../u", repository.work().join("docs/u")).unwrap();
    std::os::unix::fs::symlink("u", repository.work().join("link")).unwrap();
    std::os::unix::fs::symlink("/etc", repository.work().join("out")).unwrap();
    repository.commit("all").unwrap();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let mirror = place.mirror().await;
    let revision = mirror
        .fetch(&remote(&server.url("landscape"), &[]), &main_branch())
        .await
        .unwrap();
    let snapshot = Snapshot::take(&mirror, revision).await.unwrap();
    let paths: Vec<_> = snapshot.tree.below("").collect();
    assert_eq!(paths, [".sourceignore", "link/a.yaml", "out", "u/a.yaml"]);
    assert_eq!(
        snapshot.tree.bytes("out/passwd"),
        Err(TreeError::Link("out".to_owned()))
    );
}
