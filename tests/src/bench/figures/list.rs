//! Time to read a list of 1000 applications over one kept connection.

use std::time::Instant;

use anyhow::{Result, ensure};
use bytes::Bytes;
use http::Method;

use super::Bench;
use super::world::applications;
use crate::bench::load::post_all;
use crate::bench::objects::APPLICATIONS;
use crate::bench::percentile::{milliseconds, percentile};
use crate::bench::report::Measurement;

const LISTS: usize = 50;

pub(super) async fn run(bench: &Bench) -> Result<Vec<Measurement>> {
    let server = bench.serve(Some("api")).await?;
    post_all(
        &server.endpoint(),
        APPLICATIONS,
        applications("app", 1000, &[]),
        10,
    )
    .await?;
    let mut connection = server.connect().await?;
    let mut durations = Vec::new();
    for _ in 0..LISTS {
        let start = Instant::now();
        let answer = connection.call(Method::GET, APPLICATIONS, Bytes::new()).await?;
        durations.push(start.elapsed());
        ensure!(
            answer.len() > 1_000_000,
            "the list is not whole: {} bytes",
            answer.len()
        );
    }
    Ok(vec![Measurement::new(
        "list_1000_p50",
        milliseconds(percentile(&durations, 50.0)),
        "ms",
    )])
}
