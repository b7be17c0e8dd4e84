//! A cluster's label changes so that an application no longer fits there: when the new place has it, and
//! whether it was healthy there before the old one went.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use http::Method;
use serde_json::{Value, json};

use super::Bench;
use super::world::{close_all, register, submit, wait_for_state, wait_until_online};
use crate::bench::load::post_all;
use crate::bench::member::{Member, MemberChange, MemberWatch};
use crate::bench::objects::{APPLICATIONS, CLUSTERS, config_application, echo_application, to_body};
use crate::bench::observe::Watch;
use crate::bench::percentile::{milliseconds, percentile};
use crate::bench::report::Measurement;
use crate::bench::server::Server;

const RUNS: usize = 20;
const NAME: &str = "moving";
const CROWD: usize = 100;

pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let members = bench.open_members(2).await?;
    let mut measurements = Vec::new();
    let mut gap = Duration::ZERO;
    for crowd in [0, CROWD] {
        let moves = measure(bench, &members, crowd).await?;
        gap = gap.max(moves.iter().map(|moved| moved.gap).max().unwrap_or_default());
        let durations: Vec<Duration> = moves.iter().map(|moved| moved.there).collect();
        for percent in [50, 95] {
            let value = milliseconds(percentile(&durations, f64::from(percent)));
            measurements.push(Measurement::new(format!("move_{crowd}_p{percent}"), value, "ms"));
        }
    }
    close_all(&members).await?;
    measurements.push(Measurement::new("move_gap", milliseconds(gap), "ms"));
    Ok(measurements)
}

/// One move, seen from outside.
struct Moved {
    /// Change of the label sent to object seen at the new place.
    there: Duration,
    /// Old one gone to new one healthy; zero where that was the other way round.
    gap: Duration,
}

async fn measure(bench: &Bench, members: &[Member], crowd: usize) -> Result<Vec<Moved>> {
    let [one, two, ..] = members else {
        bail!("a move needs two clusters")
    };
    let server = bench.serve(None).await?;
    register(&server, "one", one, &labels("here")).await?;
    register(&server, "two", two, &labels("elsewhere")).await?;
    wait_until_online(&server).await?;
    let (mut at_one, mut at_two) = (one.watch().await?, two.watch().await?);
    submit_crowd(&server, &one.namespace, crowd).await?;
    let mut applications = Watch::open(&server.endpoint(), APPLICATIONS).await?;
    submit(
        &server,
        &echo_application(NAME, &one.namespace, &["place is here"]),
    )
    .await?;
    at_one
        .until("the first place", |sighting| sighting.is_available)
        .await?;
    wait_for_state(&mut applications, &[NAME.to_owned()], "RUNNING").await?;
    let mut moves = Vec::new();
    for _ in 0..bench.scale.of(RUNS) / 2 {
        moves.push(swap(&server, ("one", &mut at_one), ("two", &mut at_two)).await?);
        moves.push(swap(&server, ("two", &mut at_two), ("one", &mut at_one)).await?);
    }
    server
        .call(Method::DELETE, &format!("{APPLICATIONS}/{NAME}"), &Value::Null)
        .await?;
    at_one
        .until("the end", |sighting| sighting.change == MemberChange::Deleted)
        .await?;
    Ok(moves)
}

fn labels(place: &str) -> Value {
    json!({"tier": "base", "place": place})
}

/// Applications that fit everywhere before and after.
async fn submit_crowd(server: &Server, namespace: &str, crowd: usize) -> Result<()> {
    let names: Vec<String> = (0..crowd).map(|index| format!("crowd-{index:03}")).collect();
    let bodies = names
        .iter()
        .map(|name| to_body(&config_application(name, namespace, &["tier is base"])))
        .collect();
    let mut watch = Watch::open(&server.endpoint(), APPLICATIONS).await?;
    post_all(&server.endpoint(), APPLICATIONS, bodies, 10).await?;
    wait_for_state(&mut watch, &names, "RUNNING").await
}

/// Makes the new place fit, then the old one not; the second change is where the clock starts.
async fn swap(
    server: &Server,
    (old, at_old): (&str, &mut MemberWatch),
    (new, at_new): (&str, &mut MemberWatch),
) -> Result<Moved> {
    relabel(server, new, "here").await?;
    let sent = Instant::now();
    relabel(server, old, "elsewhere").await?;
    let there = at_new
        .until("the new place", |sighting| sighting.change == MemberChange::Added)
        .await?;
    let healthy = at_new
        .until("health at the new place", |sighting| sighting.is_available)
        .await?;
    let gone = at_old
        .until("the end of the old one", |sighting| {
            sighting.change == MemberChange::Deleted
        })
        .await?;
    Ok(Moved {
        there: there.at.duration_since(sent),
        gap: healthy.at.saturating_duration_since(gone.at),
    })
}

async fn relabel(server: &Server, cluster: &str, place: &str) -> Result<()> {
    let path = format!("{CLUSTERS}/{cluster}");
    let mut stored = server.call(Method::GET, &path, &Value::Null).await?;
    let metadata = stored
        .get_mut("metadata")
        .and_then(Value::as_object_mut)
        .context("no metadata")?;
    metadata.insert("labels".to_owned(), labels(place));
    // Unconditional: the controllers write the status of the same object.
    metadata.remove("resourceVersion");
    server.call(Method::PUT, &path, &stored).await?;
    Ok(())
}
