//! Creation of an application to its Deployment on a real member, one at a time.

use std::time::Instant;

use anyhow::Result;

use super::Bench;
use super::world::{remove, serve_one_member, submit, wait_for_state};
use crate::bench::member::MemberChange;
use crate::bench::objects::{APPLICATIONS, echo_application};
use crate::bench::observe::Watch;
use crate::bench::percentile::{milliseconds, percentile};
use crate::bench::report::Measurement;

const RUNS: usize = 100;

pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let (server, member) = serve_one_member(bench).await?;
    let mut applications = Watch::open(&server.endpoint(), APPLICATIONS).await?;
    let mut deployments = member.watch().await?;
    let mut durations = Vec::new();
    for index in 0..bench.scale.of(RUNS) {
        let name = format!("placed-{index:03}");
        let application = echo_application(&name, &member.namespace, &["zone is a"]);
        let sent = Instant::now();
        submit(&server, &application).await?;
        let there = deployments
            .until("the Deployment", |sighting| {
                sighting.name == name && sighting.change == MemberChange::Added
            })
            .await?;
        durations.push(there.at.duration_since(sent));
        wait_for_state(&mut applications, std::slice::from_ref(&name), "RUNNING").await?;
        remove(&server, &mut applications, &name).await?;
    }
    member.close().await?;
    Ok(vec![
        Measurement::new(
            "create_to_object_p50",
            milliseconds(percentile(&durations, 50.0)),
            "ms",
        ),
        Measurement::new(
            "create_to_object_p95",
            milliseconds(percentile(&durations, 95.0)),
            "ms",
        ),
    ])
}
