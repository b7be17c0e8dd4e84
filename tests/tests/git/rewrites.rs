//! G4: history that was rewritten.

use alasca_tests::git::HttpServer;
use common::git::ReadLimits;

use super::{Place, main_branch, remote};

#[tokio::test]
async fn a_force_push_is_fetched_and_can_be_told_from_a_fast_forward() {
    let place = Place::new();
    let repository = place.repository();
    repository
        .write("u/gone.yaml", "x: 1\n")
        .unwrap()
        .commit("regretted")
        .unwrap();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let (mirror, remote) = (place.mirror().await, remote(&server.url("landscape"), &[]));
    let regretted = mirror.fetch(&remote, &main_branch()).await.unwrap();
    repository.rewind(1).unwrap();
    let rewound = mirror.fetch(&remote, &main_branch()).await.unwrap();
    assert_eq!(rewound.commit.to_string(), repository.head().unwrap());
    assert!(!mirror.contains(rewound.commit, regretted.commit).await.unwrap());
    repository
        .write("u/b.yaml", "b: 1\n")
        .unwrap()
        .commit("better")
        .unwrap();
    let better = mirror.fetch(&remote, &main_branch()).await.unwrap();
    assert!(!mirror.contains(better.commit, regretted.commit).await.unwrap());
    assert!(mirror.contains(better.commit, rewound.commit).await.unwrap());
    let files = mirror.files(better.commit, ReadLimits::default()).await.unwrap();
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["u/a.yaml", "u/b.yaml"]);
    // What was applied last can still be read, though the server has forgotten it.
    let files = mirror
        .files(regretted.commit, ReadLimits::default())
        .await
        .unwrap();
    assert_eq!(files.len(), 2);
}

#[tokio::test]
async fn a_repository_that_was_made_anew_shares_nothing_and_is_fetched_all_the_same() {
    let place = Place::new();
    place.repository();
    let server = HttpServer::start_open(place.root()).await.unwrap();
    let (mirror, remote) = (place.mirror().await, remote(&server.url("landscape"), &[]));
    let before = mirror.fetch(&remote, &main_branch()).await.unwrap();
    for kind in ["git", "work"] {
        std::fs::remove_dir_all(place.root().join(format!("landscape.{kind}"))).unwrap();
    }
    let anew = alasca_tests::git::Repository::create(place.root(), "landscape", "main").unwrap();
    let commit = anew.write("new.yaml", "n: 1\n").unwrap().commit("anew").unwrap();
    let after = mirror.fetch(&remote, &main_branch()).await.unwrap();
    assert_eq!(after.commit.to_string(), commit);
    assert!(!mirror.contains(after.commit, before.commit).await.unwrap());
}
