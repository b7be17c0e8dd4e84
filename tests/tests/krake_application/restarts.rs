//! Changes, deletions and power cuts while an apply is under way.

use std::time::Duration;

use futures::future::join_all;
use krake::api::ApplicationState;

use crate::krake::{Krake, config_map};
use alasca_tests::relay::Mood;

/// How long the slow cluster holds every write in a run of every day.
const HOLD: Duration = Duration::from_millis(600);
/// The same where all of it is tried.
const LONG_HOLD: Duration = Duration::from_secs(2);
/// How long nothing may happen afterwards where all of it is tried.
const QUIET: Duration = Duration::from_mins(1);
/// So few at a time that none waits for another's requests.
const TOGETHER: usize = 4;

fn dew(application: &str, names: &[&str]) -> Vec<serde_json::Value> {
    names
        .iter()
        .map(|name| config_map(&format!("{application}-{name}"), "1"))
        .collect()
}

/// What is there of an application's `a`, `b` and `c`.
async fn there(krake: &Krake, application: &str) -> Vec<&'static str> {
    let site = krake.site("c1");
    let mut found = Vec::new();
    for name in ["a", "b", "c"] {
        let id = site.config_map(&format!("{application}-{name}"));
        if site.get(&id).await.is_some() {
            found.push(name);
        }
    }
    found
}

async fn slow(hold: Duration) -> Krake {
    let krake = Krake::with(&["c1"]).await;
    krake.site("c1").relay.set(Mood::Hold(hold));
    krake
}

/// `count` moments, evenly over the time that three writes are held.
fn moments(count: u32, hold: Duration) -> Vec<(String, Duration)> {
    let moment = |index| (format!("dew-{index}"), hold * 3 * index / count);
    (0..count).map(moment).collect()
}

/// Creates an application, takes an object out and puts it back without another, each while the change before it
/// is under way.
async fn changes_quickly(krake: &Krake, name: &str, first: Duration, second: Duration) {
    krake.create(name, "c1", &dew(name, &["a", "b", "c"])).await;
    tokio::time::sleep(first).await;
    krake.update(name, &dew(name, &["b", "c"])).await;
    tokio::time::sleep(second).await;
    krake.update(name, &dew(name, &["a", "c"])).await;
    krake
        .becomes(name, "at rest", |dew| {
            dew.status.state == ApplicationState::Running
                && dew.status.kube_controller_triggered >= Some(dew.metadata.modified)
                && dew.status.placements[0].objects.len() == 2
                && dew.status.last_applied_manifest == dew.spec.manifest
        })
        .await;
    assert_eq!(there(krake, name).await, ["a", "c"], "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_changes_end_with_what_the_last_one_says() {
    let krake = slow(HOLD).await;
    for shift in [0, 150, 400, 700] {
        let name = format!("dew-{shift}");
        let first = Duration::from_millis(300 + shift);
        changes_quickly(&krake, &name, first, Duration::from_millis(300)).await;
        krake.rests(&name).await;
        krake.delete(&name).await;
        krake.is_erased(&name).await;
        assert_eq!(there(&krake, &name).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "heavy: quick changes at twenty shifted moments, then a minute of quiet"]
async fn quick_changes_at_twenty_moments_end_with_what_the_last_one_says_and_then_all_is_quiet() {
    let krake = slow(LONG_HOLD).await;
    let moments = moments(20, LONG_HOLD);
    for some in moments.chunks(TOGETHER) {
        let changes = some
            .iter()
            .map(|(name, moment)| changes_quickly(&krake, name, *moment, LONG_HOLD / 2));
        join_all(changes).await;
    }
    let names: Vec<_> = moments.into_iter().map(|(name, _)| name).collect();
    krake.rest_for(&names, QUIET).await;
    for name in &names {
        assert_eq!(there(&krake, name).await, ["a", "c"], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_while_a_request_hangs_leaves_nothing_behind() {
    let mut krake = slow(HOLD).await;
    for (round, shift) in [(0, 100), (1, 700), (2, 1000), (3, 100), (4, 700), (5, 1300)] {
        let name = format!("dew-{round}");
        krake.create(&name, "c1", &dew(&name, &["a", "b", "c"])).await;
        tokio::time::sleep(Duration::from_millis(shift)).await;
        if round >= 3 {
            krake.kill();
            krake.start();
        }
        krake.delete(&name).await;
        if round >= 4 {
            krake.kill();
            krake.start();
        }
        krake.is_erased(&name).await;
        tokio::time::sleep(HOLD * 2).await;
        assert_eq!(there(&krake, &name).await, [""; 0], "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "heavy: deletions at twenty shifted moments with and without a crash, then a minute of quiet"]
async fn deletions_and_crashes_at_twenty_moments_leave_nothing_behind_and_nothing_comes_back() {
    let mut krake = slow(LONG_HOLD).await;
    let moments = moments(20, LONG_HOLD);
    let mut names = Vec::new();
    for crash in [Crash::None, Crash::WhileDeleting] {
        for some in moments.chunks(TOGETHER) {
            let some: Vec<_> = some
                .iter()
                .map(|(name, moment)| (format!("{name}-{crash:?}").to_lowercase(), *moment))
                .collect();
            join_all(some.iter().map(async |(name, moment)| {
                krake.create(name, "c1", &dew(name, &["a", "b", "c"])).await;
                tokio::time::sleep(*moment).await;
                krake.delete(name).await;
            }))
            .await;
            // The requests of each hang at another point: its moment is another.
            if crash == Crash::WhileDeleting {
                krake.kill();
                krake.start();
            }
            join_all(some.iter().map(|(name, _)| krake.is_erased(name))).await;
            names.extend(some.into_iter().map(|(name, _)| name));
        }
    }
    krake.rest_for(&[], QUIET).await;
    for name in &names {
        assert_eq!(there(&krake, name).await, [""; 0], "{name}");
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    None,
    WhileDeleting,
}
