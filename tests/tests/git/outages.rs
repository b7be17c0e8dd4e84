//! G5: servers that are down, silent, or break off.

use std::time::{Duration, Instant};

use alasca_tests::git::{Fault, HttpServer};
use common::git::{Class, Error, Mirror, ReadLimits};

use super::{Place, main_branch, refusal, remote};

#[tokio::test]
async fn the_last_revision_is_there_while_the_server_is_down_and_the_next_when_it_is_up() {
    let place = Place::new();
    let repository = place.repository();
    let mut server = HttpServer::start_open(place.root()).await.unwrap();
    let remote = remote(&server.url("landscape"), &[]);
    let mirror = place.mirror().await;
    let before = mirror.fetch(&remote, &main_branch()).await.unwrap();
    server.down().await;
    for _ in 0..10 {
        let error = refusal(&mirror, &remote).await;
        assert!(matches!(error, Error::Unreachable { .. }), "{error}");
        assert_eq!(error.class(), Class::Transient);
    }
    drop(mirror);
    // Also for a process that was started meanwhile.
    let mirror = place.mirror().await;
    assert_eq!(mirror.last(&main_branch()).await.unwrap(), Some(before.clone()));
    assert_eq!(
        mirror
            .files(before.commit, ReadLimits::default())
            .await
            .unwrap()
            .len(),
        1
    );
    let commit = repository.commit("meanwhile").unwrap();
    server.up().await.unwrap();
    assert_eq!(
        mirror
            .fetch(&remote, &main_branch())
            .await
            .unwrap()
            .commit
            .to_string(),
        commit
    );
}

#[tokio::test]
async fn a_deleted_repository_and_a_deleted_branch_leave_the_last_revision() {
    let place = Place::new();
    let repository = place.repository();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let remote = remote(&server.url("landscape"), &[]);
    let mirror = place.mirror().await;
    let before = mirror.fetch(&remote, &main_branch()).await.unwrap();
    repository.branch("other").unwrap().commit("other").unwrap();
    repository
        .serve(&["update-ref", "-d", "refs/heads/main"])
        .unwrap();
    let error = refusal(&mirror, &remote).await;
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    std::fs::remove_dir_all(repository.bare()).unwrap();
    let error = refusal(&mirror, &remote).await;
    assert!(matches!(error, Error::NoRepository { .. }), "{error}");
    assert_eq!(error.class(), Class::Transient);
    assert_eq!(mirror.last(&main_branch()).await.unwrap(), Some(before));
}

#[tokio::test]
async fn a_silent_server_is_given_up_after_the_time_limit() {
    let place = Place::new();
    place.repository();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    server.fail(Fault::Silence);
    let mut remote = remote(&server.url("landscape"), &[]);
    remote.timeout = Duration::from_millis(300);
    let start = Instant::now();
    let error = refusal(&place.mirror().await, &remote).await;
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_eq!(error.class(), Class::Transient);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_pack_that_breaks_off_leaves_the_mirror_as_it_was() {
    let place = Place::new();
    let repository = place.repository();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let remote = remote(&server.url("landscape"), &[]);
    let mirror = place.mirror().await;
    let before = mirror.fetch(&remote, &main_branch()).await.unwrap();
    repository
        .write("noise", noise(1 << 20))
        .unwrap()
        .commit("noise")
        .unwrap();
    server.fail(Fault::Cut(500 << 10));
    let error = refusal(&mirror, &remote).await;
    assert_eq!(error.class(), Class::Transient, "{error}");
    assert_eq!(mirror.last(&main_branch()).await.unwrap(), Some(before));
    let incoming = place.root().join("mirror/incoming");
    assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0);
    server.fail(Fault::None);
    mirror.fetch(&remote, &main_branch()).await.unwrap();
}

/// A fetch whose caller goes away in its middle, at many moments, is a fetch of a process that is killed: what is on
/// the disk then is what the next one finds.
#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_is_given_up_at_any_moment_leaves_a_mirror_that_works() {
    let place = Place::new();
    let repository = place.repository();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let remote = remote(&server.url("landscape"), &[]);
    for round in 0..20 {
        let commit = repository
            .write("noise", noise(100 << 10))
            .unwrap()
            .commit("noise")
            .unwrap();
        let mirror = place.mirror().await;
        let moment = Duration::from_millis(round * 4);
        let _ = tokio::time::timeout(moment, mirror.fetch(&remote, &main_branch())).await;
        let revision = mirror.fetch(&remote, &main_branch()).await.unwrap();
        assert_eq!(revision.commit.to_string(), commit);
        mirror
            .files(revision.commit, ReadLimits::default())
            .await
            .unwrap();
        let path = place.root().join("mirror");
        drop(mirror);
        reopened(&path).await;
    }
    let check = std::process::Command::new("git")
        .args(["fsck", "--full"])
        .env("GIT_DIR", place.root().join("mirror"))
        .output()
        .unwrap();
    assert!(
        check.status.success(),
        "{}",
        String::from_utf8_lossy(&check.stderr)
    );
}

/// Waits until the threads of what was given up have let the mirror go.
async fn reopened(path: &std::path::Path) {
    let end = Instant::now() + Duration::from_secs(20);
    while let Err(error) = Mirror::open(path).await {
        assert!(
            matches!(error, Error::InUse(_)) && Instant::now() < end,
            "{error}"
        );
        tokio::task::yield_now().await;
    }
}

/// Bytes that do not compress.
fn noise(size: usize) -> Vec<u8> {
    std::iter::repeat_with(|| fastrand::u8(..)).take(size).collect()
}
