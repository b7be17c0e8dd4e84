use super::*;

#[tokio::test]
async fn a_key_is_created_once_changed_by_its_revision_and_starts_anew_after_its_deletion() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let first = create(&store, "/a", "1").await.unwrap();
    assert!(matches!(create(&store, "/a", "2").await, Err(CommitError::Conflict(key)) if &*key == "/a"));
    let change = |revision| Transaction {
        conditions: vec![Condition::Unchanged("/a".into(), revision)],
        operations: vec![put("/a", "2")],
    };
    let second = store.commit(change(first)).await.unwrap();
    assert!(second > first);
    assert!(store.commit(change(first)).await.is_err());
    let entry = store.get("/a").await.unwrap().unwrap();
    assert_eq!(
        (entry.created, entry.modified, &*entry.value),
        (first, second, b"2".as_slice())
    );
    write(&store, Operation::Delete("/a".into())).await;
    assert_eq!(store.get("/a").await.unwrap(), None);
    let third = create(&store, "/a", "3").await.unwrap();
    assert_eq!(store.get("/a").await.unwrap().unwrap().created, third);
}

#[tokio::test]
async fn a_transaction_happens_completely_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    create(&store, "/a", "1").await.unwrap();
    let both = |condition| Transaction {
        conditions: vec![Condition::Present("/a".into()), condition],
        operations: vec![put("/b", "1"), Operation::Delete("/a".into())],
    };
    assert!(store.commit(both(Condition::Present("/c".into()))).await.is_err());
    assert_eq!(keys(&store, "/").await, ["/a"]);
    let revision = store.commit(both(Condition::Absent("/c".into()))).await.unwrap();
    assert_eq!(keys(&store, "/").await, ["/b"]);
    assert_eq!(store.revision(), revision);
}

#[tokio::test]
async fn what_changes_nothing_gets_no_revision() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let before = store.revision();
    assert_eq!(write(&store, Operation::Delete("/none".into())).await, before);
    assert_eq!(store.revision(), before);
}

#[tokio::test]
async fn lists_are_ordered_cut_and_continued() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for key in ["/m/b", "/m/a", "/m/c", "/mm/a", "/l/z"] {
        create(&store, key, "").await.unwrap();
    }
    assert_eq!(keys(&store, "/m/").await, ["/m/a", "/m/b", "/m/c"]);
    let page = store.list("/m/", None, Some(2)).await.unwrap();
    assert_eq!((page.entries.len(), page.remaining), (2, 1));
    let rest = store
        .list("/m/", Some(&page.entries[1].key), Some(2))
        .await
        .unwrap();
    assert_eq!(
        (&*rest.entries[0].key, rest.entries.len(), rest.remaining),
        ("/m/c", 1, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_concurrent_changes_to_one_revision_exactly_one_happens() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(directory.path()));
    let mut revision = create(&store, "/n", "0").await.unwrap();
    for round in 0..20 {
        let tries = (0..16).map(|index| {
            let store = store.clone();
            tokio::spawn(async move {
                let transaction = Transaction {
                    conditions: vec![Condition::Unchanged("/n".into(), revision)],
                    operations: vec![put("/n", &format!("{round}/{index}"))],
                };
                store.commit(transaction).await
            })
        });
        let results = futures::future::join_all(tries).await;
        let done: Vec<_> = results
            .into_iter()
            .filter_map(|result| result.unwrap().ok())
            .collect();
        assert_eq!(done.len(), 1);
        revision = done[0];
    }
}
