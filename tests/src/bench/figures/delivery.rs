//! 50 writers create 300 applications each while one client watches: all arrive, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Bench;
use super::world::applications;
use crate::bench::load::post_all;
use crate::bench::objects::APPLICATIONS;
use crate::bench::observe::{Event, Watch};
use crate::bench::percentile::{milliseconds, percentile};
use crate::bench::report::Measurement;

const WRITERS: usize = 50;
const CREATES: usize = WRITERS * 300;

pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let server = bench.serve(Some("api")).await?;
    let count = bench.scale.of(CREATES);
    let mut watch = Watch::open(&server.endpoint(), APPLICATIONS).await?;
    let bodies = applications("app", count, &[]);
    let load = post_all(&server.endpoint(), APPLICATIONS, bodies, WRITERS).await?;
    let mut arrivals = BTreeMap::new();
    while arrivals.len() < count {
        // All creates are answered: what does not come within this time never will.
        let Ok(sighting) = watch.next(Duration::from_secs(5)).await else {
            break;
        };
        if sighting.event == Event::Added {
            arrivals.insert(index_of(&sighting.name)?, sighting.at);
        }
    }
    let latencies: Vec<Duration> = load
        .exchanges
        .iter()
        .filter_map(|exchange| Some(arrivals.get(&exchange.index)?.duration_since(exchange.sent)))
        .collect();
    let delivered = u32::try_from(arrivals.len())?;
    let lost = u32::try_from(count)? - delivered;
    Ok(vec![
        Measurement::new("watch_delivered", f64::from(delivered), "events"),
        Measurement::new("watch_lost", f64::from(lost), "events"),
        Measurement::new("watch_p99", milliseconds(percentile(&latencies, 99.0)), "ms"),
    ])
}

fn index_of(name: &str) -> Result<usize> {
    let index = name.strip_prefix("app-").context("a foreign application")?;
    Ok(index.parse()?)
}
