//! The story: placed where power is greenest, moved when the wind turns, healed when somebody tampers.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::claims::Claims;
use super::observed::{Observed, Sight};
use super::patience::{PATIENCE, until};
use super::stage::{DEPLOYMENT, NAMESPACE, Stage};
use crate::{say, wait};

const APPLICATION: &str = "echo";

/// Tells the story and notes what it claims.
pub(super) fn tell(stage: &Stage, claims: &mut Claims) -> Result<()> {
    register(stage, claims)?;
    submit(stage, claims)?;
    turn_the_wind(stage, claims)?;
    tamper(stage, claims)
}

fn register(stage: &Stage, claims: &mut Claims) -> Result<()> {
    say::line("1. Three clusters, each with its own grid");
    let krake = &stage.krake;
    krake.show(&[
        "core",
        "gmp",
        "create",
        "grid",
        "--type",
        "prometheus",
        "--url",
        &stage.grid.url(),
    ])?;
    for (cluster, site) in stage.sites() {
        krake.run(&[
            "core",
            "gm",
            "create",
            site.metric,
            "--gmp-name",
            "grid",
            "--min",
            "0",
            "--max",
            "100",
        ])?;
        let kubeconfig = cluster.kubeconfig.display().to_string();
        let location = format!("location={}", site.location);
        let words = [
            "kube",
            "cluster",
            "register",
            "--name",
            &cluster.name,
            "-k",
            &kubeconfig,
            "-l",
            &location,
        ];
        krake.run(&[&words[..], &["--global-metric", site.metric, "1.0"]].concat())?;
    }
    let since = Instant::now();
    until("three clusters online", PATIENCE, || {
        Ok(online(stage)? == stage.clusters.len())
    })?;
    claims.within(
        "registered",
        "the clusters are online",
        since.elapsed(),
        Duration::from_secs(10),
    );
    krake.show(&["kube", "cluster", "list"])
}

fn online(stage: &Stage) -> Result<usize> {
    let clusters = stage.krake.read(&["kube", "cluster", "list"])?;
    let is_online =
        |cluster: &&Value| cluster.pointer("/status/state").and_then(Value::as_str) == Some("ONLINE");
    Ok(clusters
        .as_array()
        .context("no list of clusters")?
        .iter()
        .filter(is_online)
        .count())
}

fn submit(stage: &Stage, claims: &mut Claims) -> Result<()> {
    say::line("\n2. An application that has to stay in Germany goes where power is greenest");
    let (north, south, fjord) = (stage.cluster(0)?, stage.cluster(1)?, stage.cluster(2)?);
    let manifest = stage.manifest();
    let since = Instant::now();
    let words = [
        "kube",
        "app",
        "create",
        APPLICATION,
        "-f",
        &manifest,
        "-L",
        "location is DE",
        "-o",
        "name",
    ];
    stage.krake.show(&words)?;
    until("the Deployment", PATIENCE, || {
        Ok(north.first(Sight::Available, since).is_some())
    })?;
    let there = north.first_there(since).context("nothing was seen")?;
    claims.within(
        "placed",
        format!("it is on {}", north.name),
        there.duration_since(since),
        Duration::from_secs(2),
    );
    let elsewhere = south.now() != Sight::Gone || fjord.now() != Sight::Gone;
    claims.check(
        "only-there",
        "and nowhere else, though the fjord is greener",
        !elsewhere,
    );
    until("the state RUNNING", PATIENCE, || Ok(state(stage)? == "RUNNING"))?;
    draw(stage);
    explain(stage)
}

fn state(stage: &Stage) -> Result<String> {
    let application = stage.krake.read(&["kube", "app", "get", APPLICATION])?;
    let found = application.pointer("/status/state").and_then(Value::as_str);
    Ok(found.unwrap_or_default().to_owned())
}

fn turn_the_wind(stage: &Stage, claims: &mut Claims) -> Result<()> {
    say::line("\n3. The wind turns: it drops in the north and blows in the south");
    say::line(
        "   (grids are read every 0.5 s and a better place is taken after 1 s here, so that nobody waits;\n    every 5 s and after 60 s by default)",
    );
    let (north, south) = (stage.cluster(0)?, stage.cluster(1)?);
    let since = Instant::now();
    stage.grid.set("green_share_north", 21.0);
    stage.grid.set("green_share_south", 88.0);
    until("the move", PATIENCE, || {
        Ok(north.first(Sight::Gone, since).is_some() && south.first(Sight::Available, since).is_some())
    })?;
    let available = south.first(Sight::Available, since).context("nothing was seen")?;
    let gone = north.first(Sight::Gone, since).context("nothing was seen")?;
    claims.within(
        "moved",
        format!("it is available on {}", south.name),
        available.duration_since(since),
        Duration::from_secs(5),
    );
    let overlap = gone.saturating_duration_since(available).as_millis();
    claims.check(
        "no-gap",
        format!("the old one went after the new one was available, {overlap} ms later"),
        gone > available && gap(stage, since) == Duration::ZERO,
    );
    until("the state RUNNING", PATIENCE, || Ok(state(stage)? == "RUNNING"))?;
    draw(stage);
    explain(stage)
}

/// For how long no cluster had an available copy, from `since` on.
fn gap(stage: &Stage, since: Instant) -> Duration {
    let mut events: Vec<(Instant, usize, Sight)> = Vec::new();
    for (index, cluster) in stage.clusters.iter().enumerate() {
        events.extend(
            cluster
                .timeline()
                .into_iter()
                .map(|(at, sight)| (at, index, sight)),
        );
    }
    events.sort_by_key(|(at, ..)| *at);
    let mut available = vec![false; stage.clusters.len()];
    let (mut gap, mut without_since) = (Duration::ZERO, None);
    for (at, index, sight) in events {
        if let Some(flag) = available.get_mut(index) {
            *flag = sight == Sight::Available;
        }
        let is_somewhere = available.contains(&true);
        match (is_somewhere, without_since) {
            (false, None) if at >= since => without_since = Some(at),
            (true, Some(start)) => {
                gap += at.duration_since(start);
                without_since = None;
            }
            _ => {}
        }
    }
    gap
}

fn tamper(stage: &Stage, claims: &mut Claims) -> Result<()> {
    say::line("\n4. Somebody deletes the Deployment behind Krake's back");
    let south = stage.cluster(1)?;
    say::line(format_args!(
        "  $ kubectl --context {} delete deployment {DEPLOYMENT}",
        south.name
    ));
    let since = Instant::now();
    south.delete()?;
    let gone = || south.first(Sight::Gone, since);
    until("the deletion", PATIENCE, || Ok(gone().is_some()))?;
    let gone = gone().context("nothing was seen")?;
    let back = || south.first_there(gone);
    until("the repair", PATIENCE, || Ok(back().is_some()))?;
    let back = back().context("nothing was seen")?;
    claims.within(
        "repaired",
        "it is back",
        back.duration_since(gone),
        Duration::from_secs(1),
    );
    let healthy = || Ok(south.first(Sight::Available, back).is_some());
    until("health after the repair", PATIENCE, healthy)?;
    claims.check("healthy", "and available again", south.now() == Sight::Available);
    draw(stage);
    Ok(())
}

/// Deletes the application and looks whether anything of it is left.
pub(super) fn clear(stage: &Stage, claims: &mut Claims) -> Result<()> {
    say::line("\n5. Clearing away");
    stage.krake.run(&["kube", "app", "delete", APPLICATION])?;
    let left = || -> Result<bool> {
        Ok(stage
            .clusters
            .iter()
            .map(left_on)
            .collect::<Result<Vec<_>>>()?
            .contains(&true))
    };
    wait::until("the end of all objects", PATIENCE, || Ok(!left()?))?;
    claims.check("nothing-left", "nothing is left on any cluster", !left()?);
    Ok(())
}

fn left_on(cluster: &Observed) -> Result<bool> {
    let deployment = format!("/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{DEPLOYMENT}");
    let service = format!("/api/v1/namespaces/{NAMESPACE}/services/{DEPLOYMENT}");
    Ok(cluster.has(&deployment)? || cluster.has(&service)?)
}

fn explain(stage: &Stage) -> Result<()> {
    stage.krake.show(&["explain", "app", APPLICATION])
}

/// Where the application is, and how green each grid.
fn draw(stage: &Stage) {
    say::line("");
    for (cluster, site) in stage.sites() {
        let green = stage.grid.get(site.metric).unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a percentage"
        )]
        let bar = "█".repeat((green / 5.0) as usize);
        let here = match cluster.now() {
            Sight::Available => "● echo",
            Sight::Starting => "○ echo (starting)",
            Sight::Gone => "",
        };
        say::line(format_args!(
            "    {:<10} {}  {green:>3.0} % green {bar:<20} {here}",
            cluster.name, site.location
        ));
    }
    say::line("");
}
