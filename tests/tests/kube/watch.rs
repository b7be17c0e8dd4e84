//! Objects are followed through changes, deletions and gaps.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use alasca_tests::lab::ExtraCluster;
use common::kube::{
    ApplyOptions, Change, Connection, Event, ObjectId, Propagation, Target, Timeouts, WatchSet,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::space::{Space, until};

fn config_map(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"moor": "yes"}},
        "data": {"a": value}})
}

async fn next<T>(events: &mut mpsc::Receiver<T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), events.recv())
        .await
        .expect("no event in time")
        .expect("it ended")
}

async fn target(space: &Space, label_selector: Option<&str>) -> Target {
    Target {
        resource: space.connection.resolve("v1", "ConfigMap").await.unwrap(),
        namespace: Some(space.namespace.clone()),
        label_selector: label_selector.map(ToOwned::to_owned),
    }
}

#[tokio::test]
async fn a_watch_lists_follows_and_ends_when_told() {
    let space = Space::new().await;
    let options = ApplyOptions::new("us");
    space
        .connection
        .apply(&config_map("moss", "1"), &options)
        .await
        .unwrap();
    let stop = CancellationToken::new();
    let mut events = space
        .connection
        .watch(target(&space, Some("moor=yes")).await, stop.clone());
    assert!(matches!(next(&mut events).await, Event::Listing));
    let Event::Applied(moss) = next(&mut events).await else {
        panic!()
    };
    assert_eq!(ObjectId::of(&moss).unwrap(), space.id("v1", "ConfigMap", "moss"));
    assert_eq!(moss["metadata"].get("managedFields"), None);
    assert!(matches!(next(&mut events).await, Event::Listed));

    space
        .connection
        .apply(&config_map("moss", "2"), &options)
        .await
        .unwrap();
    let Event::Applied(moss) = next(&mut events).await else {
        panic!()
    };
    assert_eq!(moss["data"]["a"], "2");
    space.delete_by_hand(&space.id("v1", "ConfigMap", "moss")).await;
    let Event::Deleted(id) = next(&mut events).await else {
        panic!()
    };
    assert_eq!(id, space.id("v1", "ConfigMap", "moss"));
    stop.cancel();
    assert!(events.recv().await.is_none());
}

#[tokio::test]
async fn a_deletion_is_told_in_milliseconds() {
    let space = Space::new().await;
    let mut events = space
        .connection
        .watch(target(&space, None).await, CancellationToken::new());
    while !matches!(next(&mut events).await, Event::Listed) {}
    let mut delays = Vec::new();
    for round in 0..20 {
        let id = space.id("v1", "ConfigMap", &format!("moss-{round}"));
        space
            .connection
            .apply(&config_map(&id.name, "1"), &ApplyOptions::new("us"))
            .await
            .unwrap();
        while !matches!(next(&mut events).await, Event::Applied(object) if ObjectId::of(&object) == Ok(id.clone()))
        {
        }
        space
            .connection
            .delete(&id, Propagation::Background, None)
            .await
            .unwrap();
        let answered = Instant::now();
        while !matches!(next(&mut events).await, Event::Deleted(gone) if gone == id) {}
        delays.push(answered.elapsed());
    }
    delays.sort();
    println!(
        "deletion answered -> told: p50 {:?}, worst {:?}",
        delays[10], delays[19]
    );
    assert!(delays[10] < Duration::from_millis(10), "{delays:?}");
}

fn seen(change: Change<&'static str>) -> (&'static str, String, bool) {
    match change {
        Change::Present { key, id, object: _ } => (key, id.name, true),
        Change::Absent { key, id } => (key, id.name, false),
        Change::Blind { keys, error } => panic!("{keys:?}: {error}"),
    }
}

#[tokio::test]
async fn many_follow_over_one_watch_per_kind() {
    let space = Space::new().await;
    let options = ApplyOptions::new("us");
    let map = |name| space.id("v1", "ConfigMap", name);
    space
        .connection
        .apply(&config_map("moss", "1"), &options)
        .await
        .unwrap();
    let (sender, mut changes) = mpsc::unbounded_channel();
    let set = WatchSet::new(space.connection.clone(), Some("moor=yes".to_owned()), sender);
    set.subscribe(&"a", [map("moss"), map("fern")]);
    set.subscribe(&"b", [map("moss"), space.id("v1", "Secret", "fern")]);
    assert_eq!(set.watched_kinds(), 2);
    let mut first = HashSet::new();
    while first.len() < 4 {
        first.insert(seen(changes.recv().await.unwrap()));
    }
    let tell = |key, name: &str, there| (key, name.to_owned(), there);
    assert_eq!(
        first,
        HashSet::from([
            tell("a", "moss", true),
            tell("b", "moss", true),
            tell("a", "fern", false),
            tell("b", "fern", false)
        ])
    );

    space
        .connection
        .apply(&config_map("fern", "1"), &options)
        .await
        .unwrap();
    assert_eq!(seen(changes.recv().await.unwrap()), tell("a", "fern", true));
    set.subscribe(&"a", [map("moss")]);
    set.unsubscribe(&"b");
    assert_eq!(set.watched_kinds(), 1);
    space.delete_by_hand(&map("fern")).await;
    space.delete_by_hand(&map("moss")).await;
    assert_eq!(seen(changes.recv().await.unwrap()), tell("a", "moss", false));
    set.unsubscribe(&"a");
    assert!(set.is_idle());
    assert_eq!(set.watched_kinds(), 0);
}

#[tokio::test]
async fn a_kind_is_followed_as_soon_as_it_exists() {
    let space = Space::new().await;
    let group = format!("{}.example", space.namespace);
    let (sender, mut changes) = mpsc::unbounded_channel();
    let set = WatchSet::new(space.connection.clone(), None, sender);
    set.subscribe(&"a", [space.id(&format!("{group}/v1"), "Heath", "fern")]);
    assert!(matches!(changes.recv().await.unwrap(), Change::Blind { .. }));
    let definition = crate::apply::definition(&group, "Namespaced");
    let definition = space
        .connection
        .apply(&definition, &ApplyOptions::new("us"))
        .await
        .unwrap();
    loop {
        match changes.recv().await.unwrap() {
            Change::Blind { .. } => {}
            change => break assert_eq!(seen(change), ("a", "fern".to_owned(), false)),
        }
    }
    space
        .connection
        .delete(&definition.id, Propagation::Background, None)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_the_server_was_away_is_told_on_its_return() {
    let extra = ExtraCluster::start("watch").unwrap();
    let timeouts = Timeouts {
        connect: Duration::from_secs(1),
        call: Duration::from_secs(2),
    };
    let connection = Connection::new(&extra.cluster().kubeconfig, timeouts)
        .await
        .unwrap();
    let mut moss = config_map("moss", "1");
    moss["metadata"]["namespace"] = json!("default");
    let id = connection
        .apply(&moss, &ApplyOptions::new("us"))
        .await
        .unwrap()
        .id;
    let resource = connection.resolve("v1", "ConfigMap").await.unwrap();
    let target = Target {
        resource,
        namespace: None,
        label_selector: Some("moor=yes".to_owned()),
    };
    let mut events = connection.watch(target, CancellationToken::new());
    while !matches!(next(&mut events).await, Event::Listed) {}

    extra.stop().unwrap();
    while !matches!(next(&mut events).await, Event::Failed(_)) {}
    assert!(connection.ping().await.unwrap_err().is_unreachable());
    tokio::task::block_in_place(|| extra.go_on()).unwrap();
    until(async || connection.delete(&id, Propagation::Background, None).await.ok()).await;
    let mut known = HashSet::from([id]);
    while !known.is_empty() {
        match next(&mut events).await {
            // A list after a gap says what is gone by leaving it out; a resumed watch says it.
            Event::Listing => known.clear(),
            Event::Applied(object) => drop(known.insert(ObjectId::of(&object).unwrap())),
            Event::Deleted(id) => drop(known.remove(&id)),
            Event::Restored | Event::Listed | Event::Failed(_) => {}
        }
    }
}
