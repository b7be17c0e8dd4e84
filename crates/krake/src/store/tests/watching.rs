use std::time::Duration;

use futures::{FutureExt, StreamExt};

use super::*;

async fn next(changes: &mut Changes) -> Result<Arc<Change>, WatchError> {
    tokio::time::timeout(Duration::from_secs(5), changes.next())
        .await
        .expect("nothing came")
        .expect("it ended")
}

#[tokio::test]
async fn a_watch_sees_creation_change_and_deletion_of_its_prefix_only() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let mut changes = store.watch("/a/", None).unwrap();
    create(&store, "/a/1", "x").await.unwrap();
    create(&store, "/b/1", "x").await.unwrap();
    write(&store, put("/a/1", "y")).await;
    let deletion = write(&store, Operation::Delete("/a/1".into())).await;
    let seen = [
        next(&mut changes).await.unwrap(),
        next(&mut changes).await.unwrap(),
        next(&mut changes).await.unwrap(),
    ];
    let kinds: Vec<_> = seen.iter().map(|change| change.kind).collect();
    assert_eq!(
        kinds,
        [ChangeKind::Created, ChangeKind::Modified, ChangeKind::Deleted]
    );
    assert_eq!(seen[1].previous.as_deref(), Some(b"x".as_slice()));
    assert_eq!((seen[2].revision, &*seen[2].value), (deletion, b"y".as_slice()));
    assert!(changes.next().now_or_never().is_none());
}

#[tokio::test]
async fn a_watch_resumes_at_the_compaction_point_and_is_refused_before_it_and_in_the_future() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let mut revisions = Vec::new();
    for key in ["/m/1", "/m/2", "/m/3", "/m/4"] {
        revisions.push(create(&store, key, "").await.unwrap());
    }
    let deletion = write(&store, Operation::Delete("/m/1".into())).await;
    let last = create(&store, "/m/1", "").await.unwrap();
    let mut before = store.watch("/m/", Some(revisions[3])).unwrap();
    store.compact(deletion);
    assert_eq!(next(&mut before).await, Err(WatchError::Behind));
    assert!(before.next().await.is_none());
    let refused = store.watch("/m/", Some(deletion - 1)).err();
    assert_eq!(
        refused,
        Some(WatchError::Compacted {
            asked: deletion - 1,
            oldest: deletion
        })
    );
    let mut at = store.watch("/m/", Some(deletion)).unwrap();
    assert_eq!(next(&mut at).await.unwrap().revision, last);
    let mut after = store.watch("/m/", Some(last)).unwrap();
    let newest = write(&store, put("/m/2", "new")).await;
    assert_eq!(next(&mut after).await.unwrap().revision, newest);
    let refused = store.watch("/m/", Some(newest + 1)).err();
    assert_eq!(
        refused,
        Some(WatchError::Future {
            asked: newest + 1,
            current: newest
        })
    );
}

#[tokio::test]
async fn a_slow_watch_ends_with_an_error_while_a_quiet_one_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions {
        history_changes: 10,
        ..EmbeddedOptions::new(directory.path().join("krake.redb"), 1)
    };
    let store = EmbeddedStore::open(&options).unwrap();
    let mut slow = store.watch("/busy/", None).unwrap();
    let mut quiet = store.watch("/quiet/", None).unwrap();
    for index in 0..30 {
        write(&store, put(&format!("/busy/{index}"), "")).await;
    }
    assert_eq!(next(&mut slow).await, Err(WatchError::Behind));
    let revision = create(&store, "/quiet/1", "").await.unwrap();
    assert_eq!(next(&mut quiet).await.unwrap().revision, revision);
}

#[tokio::test]
async fn the_history_is_bounded_by_bytes_too() {
    let directory = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions {
        history_bytes: 10_000,
        ..EmbeddedOptions::new(directory.path().join("krake.redb"), 1)
    };
    let store = EmbeddedStore::open(&options).unwrap();
    let start = store.revision();
    for _ in 0..20 {
        write(&store, put("/a", &"x".repeat(1000))).await;
    }
    assert!(matches!(
        store.watch("/", Some(start)),
        Err(WatchError::Compacted { .. })
    ));
    assert!(store.watch("/", Some(start + 15)).is_ok());
}

#[tokio::test]
async fn abandoned_watches_leave_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for round in 0..1000 {
        let mut changes = store.watch(&format!("/{round}/"), None).unwrap();
        assert!(changes.next().now_or_never().is_none());
    }
    assert_eq!(store.watches(), 0);
    create(&store, "/1/a", "").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_writers_lose_nothing_and_arrive_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(directory.path()));
    let mut changes = store.watch("/w/", None).unwrap();
    let writers: Vec<_> = (0..50)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for index in 0..40 {
                    create(&store, &format!("/w/{writer}/{index}"), "v")
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    let mut last = 0;
    for _ in 0..50 * 40 {
        let change = next(&mut changes).await.unwrap();
        assert!(change.revision > last);
        last = change.revision;
    }
    futures::future::join_all(writers).await;
    assert!(changes.next().now_or_never().is_none());
}
