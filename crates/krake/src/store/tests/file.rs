use std::error::Error;

use super::*;

#[tokio::test]
async fn everything_is_there_after_a_restart_and_revisions_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let revision = create(&store, "/a", "1").await.unwrap();
    create(&store, "/b", "1").await.unwrap();
    write(&store, Operation::Delete("/b".into())).await;
    let last = store.revision();
    drop(store);
    let store = open(directory.path());
    assert_eq!(keys(&store, "/").await, ["/a"]);
    assert_eq!(store.get("/a").await.unwrap().unwrap().modified, revision);
    assert!(store.revision() > last);
    assert!(matches!(
        store.watch("/", Some(last)),
        Err(WatchError::Compacted { .. })
    ));
    assert!(store.watch("/", Some(store.revision())).is_ok());
}

#[tokio::test]
async fn a_restored_backup_starts_above_every_revision_ever_handed_out() {
    let directory = tempfile::tempdir().unwrap();
    let (file, backup) = (
        directory.path().join("krake.redb"),
        directory.path().join("backup"),
    );
    let store = open_at(directory.path(), 1000);
    create(&store, "/a", "1").await.unwrap();
    drop(store);
    std::fs::copy(&file, &backup).unwrap();
    let store = open_at(directory.path(), 2000);
    for index in 0..20 {
        create(&store, &format!("/m/{index}"), "").await.unwrap();
    }
    let seen = store.revision();
    drop(store);
    std::fs::copy(&backup, &file).unwrap();
    // The clock went on meanwhile, and is far ahead of the number of writes.
    let store = open_at(directory.path(), 900_000);
    assert!(store.revision() > seen);
    assert!(matches!(
        store.watch("/m/", Some(seen)),
        Err(WatchError::Compacted { .. })
    ));
}

#[test]
fn a_file_in_use_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let _store = open(directory.path());
    let refused = EmbeddedStore::open(&EmbeddedOptions::new(directory.path().join("krake.redb"), 1));
    let message = refused.err().unwrap().to_string();
    assert!(
        message.contains("krake.redb") && message.contains("in use"),
        "{message}"
    );
}

#[test]
fn a_damaged_file_is_refused_by_name_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("krake.redb");
    drop(open(directory.path()));
    let mut damaged = std::fs::read(&file).unwrap();
    let length = damaged.len();
    damaged.truncate(length / 2);
    for content in [b"this is no database".to_vec(), vec![0; 4096], damaged] {
        std::fs::write(&file, &content).unwrap();
        let refused = EmbeddedStore::open(&EmbeddedOptions::new(&file, 1))
            .err()
            .unwrap();
        assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused:?}");
        assert!(refused.to_string().contains("krake.redb"), "{refused}");
        assert_eq!(std::fs::read(&file).unwrap(), content);
    }
}

#[test]
fn a_directory_that_does_not_exist_is_said_so() {
    let refused = EmbeddedStore::open(&EmbeddedOptions::new("/nonexistent/krake.redb", 1))
        .err()
        .unwrap();
    assert!(refused.to_string().contains("/nonexistent/krake.redb"));
    assert!(refused.source().is_some());
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let _store = open(directory.path());
    let mode = std::fs::metadata(directory.path().join("krake.redb"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// A disk that lies: whatever byte is wrong, nothing wrong is taken for right.
#[tokio::test]
async fn a_flipped_byte_is_noticed_or_does_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("krake.redb");
    let store = open(directory.path());
    let value = "value ".repeat(200);
    for index in 0..50 {
        create(&store, &format!("/{index:02}"), &value).await.unwrap();
    }
    drop(store);
    let right = std::fs::read(&file).unwrap();
    let mut random = fastrand::Rng::with_seed(1);
    let places = (0..60).map(|_| random.usize(0..right.len()));
    // Also where values certainly lie.
    let values = right
        .windows(6)
        .enumerate()
        .filter(|(_, bytes)| bytes == b"value ");
    let places: Vec<usize> = places
        .chain(values.map(|(place, _)| place).step_by(500))
        .collect();
    let mut noticed = 0;
    for place in places {
        let mut wrong = right.clone();
        wrong[place] ^= 0x10;
        std::fs::write(&file, &wrong).unwrap();
        // The second attempt must not fall back to an older state either.
        for _ in 0..2 {
            match EmbeddedStore::open(&EmbeddedOptions::new(&file, 1)) {
                Err(OpenError::Corrupt { .. }) => noticed += 1,
                Err(error) => panic!("byte {place}: {error:?}"),
                Ok(store) => {
                    let listing = store.list("/", None, None).await.unwrap();
                    let intact = listing.entries.iter().filter(|entry| entry.value == value);
                    assert_eq!(intact.count(), 50, "byte {place}");
                }
            }
        }
    }
    assert!(noticed > 0);
}
