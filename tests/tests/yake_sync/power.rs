//! Passes that are cut short: the process is killed, or the API server goes away.

use std::time::Duration;

use alasca_tests::lab::ExtraCluster;
use alasca_tests::relay::{Fault, Mood, Reach};
use anyhow::Result;

use crate::scene::Scene;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// Y13, B6: a kill before and after each write, and then a commit that wants less.
#[tokio::test]
async fn a_pass_that_is_killed_between_any_two_writes_forgets_nothing() -> Result<()> {
    let mut kills = 0;
    for reaches in [Reach::Relay, Reach::Server] {
        for after in 0.. {
            let scene = Scene::new("killed").await?;
            scene.units(&["{name: one, path: one}"]);
            for name in NAMES {
                scene.config_map(&format!("one/{name}.yaml"), name, "git");
            }
            scene.relay.fail(Fault { after, reaches });
            let mut process = scene.start();
            let was_cut = scene
                .relay
                .failed(async {
                    while process.try_wait().unwrap().is_none() {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                })
                .await;
            process.kill()?;
            process.wait()?;
            scene.relay.set(Mood::Pass);
            if !was_cut {
                break;
            }
            kills += 1;
            for name in ["b", "c", "d"] {
                scene.remove(&format!("one/{name}.yaml"));
            }
            scene.apply().await.exits(0);
            for name in NAMES {
                assert_eq!(
                    scene.map(name).await.is_some(),
                    name == "a",
                    "{name}, {reaches:?} {after}"
                );
            }
            assert_eq!(scene.inventory("one").await, ["ConfigMap/a"]);
        }
    }
    assert!(
        kills >= 10,
        "an inventory, four objects, the inventory again: {kills}"
    );
    Ok(())
}

/// B6
#[tokio::test]
async fn an_extra_cluster_that_freezes_and_stops_during_an_apply_gets_all_objects_once() -> Result<()> {
    let extra = ExtraCluster::start("yake-frozen")?;
    let scene = Scene::on(extra.cluster(), "outage").await?;
    scene.units(&[
        "{name: one, path: one}",
        "{name: two, path: two, dependsOn: [one]}",
    ]);
    for number in 0..20 {
        scene.config_map(&format!("one/{number}.yaml"), &format!("one-{number}"), "git");
        scene.config_map(&format!("two/{number}.yaml"), &format!("two-{number}"), "git");
    }
    scene.relay.fail(Fault {
        after: 5,
        reaches: Reach::Server,
    });
    let mut command = scene.command(&["apply", "--timeout", "1m"]);
    let apply = tokio::task::spawn_blocking(move || command.output());
    assert!(scene.relay.failed(std::future::pending()).await);
    extra.freeze()?;
    scene.relay.set(Mood::Pass);
    // Longer than the time in which an answer has to begin.
    tokio::time::sleep(Duration::from_secs(3)).await;
    extra.stop()?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    extra.go_on()?;
    let output = apply.await??;
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(
        (
            scene.inventory("one").await.len(),
            scene.inventory("two").await.len()
        ),
        (20, 20)
    );
    for number in 0..20 {
        for unit in ["one", "two"] {
            assert!(scene.map(&format!("{unit}-{number}")).await.is_some());
        }
    }
    scene.writes();
    scene.pass().await.exits(0);
    assert!(scene.writes().is_empty(), "all is in line");
    Ok(())
}
