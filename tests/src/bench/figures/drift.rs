//! A Deployment is deleted behind Krake's back: how long it is absent.

use std::time::Instant;

use anyhow::Result;

use super::Bench;
use super::world::{serve_one_member, submit};
use crate::bench::member::MemberChange;
use crate::bench::objects::echo_application;
use crate::bench::percentile::{milliseconds, percentile};
use crate::bench::report::Measurement;

const RUNS: usize = 100;
const NAME: &str = "drifting";

pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let (server, member) = serve_one_member(bench).await?;
    let mut deployments = member.watch().await?;
    submit(
        &server,
        &echo_application(NAME, &member.namespace, &["zone is a"]),
    )
    .await?;
    let (mut absent, mut since_request) = (Vec::new(), Vec::new());
    for _ in 0..bench.scale.of(RUNS) {
        deployments
            .until("a healthy Deployment", |sighting| sighting.is_available)
            .await?;
        member.old_replicas_are_gone().await?;
        let asked = Instant::now();
        member.delete_deployment(NAME).await?;
        let gone = deployments
            .until("its deletion", |sighting| {
                sighting.change == MemberChange::Deleted
            })
            .await?;
        let back = deployments
            .until("its return", |sighting| sighting.change == MemberChange::Added)
            .await?;
        absent.push(back.at.duration_since(gone.at));
        since_request.push(back.at.duration_since(asked));
    }
    member.close().await?;
    Ok(vec![
        Measurement::new("drift_p50", milliseconds(percentile(&absent, 50.0)), "ms"),
        Measurement::new("drift_p95", milliseconds(percentile(&absent, 95.0)), "ms"),
        Measurement::new(
            "drift_from_request_p50",
            milliseconds(percentile(&since_request, 50.0)),
            "ms",
        ),
    ])
}
