//! Changes, deletions and power cuts while an apply is under way.

use std::time::Duration;

use krake::api::ApplicationState;

use crate::krake::{Krake, config_map};
use crate::relay::Mood;

fn dew(names: &[&str]) -> Vec<serde_json::Value> {
    names
        .iter()
        .map(|name| config_map(&format!("dew-{name}"), "1"))
        .collect()
}

const HOLD: Duration = Duration::from_millis(600);

/// What is there of `dew-a`, `dew-b`, `dew-c`.
async fn there(krake: &Krake) -> Vec<&'static str> {
    let site = krake.site("c1");
    let mut found = Vec::new();
    for name in ["a", "b", "c"] {
        if site.get(&site.config_map(&format!("dew-{name}"))).await.is_some() {
            found.push(name);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_changes_end_with_what_the_last_one_says() {
    let krake = Krake::with(&["c1"]).await;
    krake.site("c1").relay.set(Mood::Hold(HOLD));
    for shift in [0, 150, 400, 700] {
        let name = format!("dew-{shift}");
        krake.create(&name, "c1", &dew(&["a", "b", "c"])).await;
        tokio::time::sleep(Duration::from_millis(300 + shift)).await;
        krake.update(&name, &dew(&["b", "c"])).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        krake.update(&name, &dew(&["a", "c"])).await;
        krake
            .becomes(&name, "at rest", |dew| {
                dew.status.state == ApplicationState::Running
                    && dew.status.kube_controller_triggered >= Some(dew.metadata.modified)
                    && dew.status.placements[0].objects.len() == 2
                    && dew.status.last_applied_manifest == dew.spec.manifest
            })
            .await;
        assert_eq!(there(&krake).await, ["a", "c"]);
        krake.rests(&name).await;
        krake.delete(&name).await;
        krake.is_erased(&name).await;
        assert_eq!(there(&krake).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_while_a_request_hangs_leaves_nothing_behind() {
    let mut krake = Krake::with(&["c1"]).await;
    krake.site("c1").relay.set(Mood::Hold(HOLD));
    for (round, shift) in [(0, 100), (1, 700), (2, 1000), (3, 100), (4, 700), (5, 1300)] {
        let name = format!("dew-{round}");
        krake.create(&name, "c1", &dew(&["a", "b", "c"])).await;
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
        assert_eq!(there(&krake).await, [""; 0], "round {round}");
    }
}
