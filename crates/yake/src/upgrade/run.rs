//! Passes, one after the other, until all waves are proven, or nothing more may be done.

use std::time::Duration;

use common::graph::{Graph, GraphError, Pass, State, reconcile};
use tokio::time::Instant;

use super::error::UpgradeError;
use super::wave::UpgradeWave;
use super::world::{Landscape, World};
use crate::landscape::upgrade::{Change, Refusal, Unwritable, write};

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the proof of a wave, or until the first may begin.
    pub wave: Duration,
    /// Between two looks.
    pub pace: Duration,
}

/// What a pass did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The wave under way.
    pub wave: String,
    /// What was written.
    pub written: Vec<String>,
    /// What is waited for.
    pub waits_for: String,
}

/// Why an upgrade stopped before its end. Nothing is undone; the same call goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Rules forbid it. Nothing was written since they do.
    #[error("refused by {}", rules(.0))]
    Refused(Vec<Refusal>),
    /// A change, be it of a later wave, cannot be made. It is known before anything is written.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// A wave is not proven in time.
    #[error("paused in wave {}: {}", .0.wave, .0.waits_for)]
    Paused(News),
    /// A step failed for good.
    #[error("wave {wave} cannot go on")]
    Failed {
        /// Wave.
        wave: String,
        /// Why.
        source: Box<UpgradeError>,
    },
    /// The waves are no graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

fn rules(refusals: &[Refusal]) -> String {
    let rules: Vec<String> = refusals
        .iter()
        .map(|refusal| format!("{}: {}; {}", refusal.rule, refusal.message, refusal.hint))
        .collect();
    rules.join(", ")
}

/// Brings a landscape to the versions of `world`. `tell` hears of every pass that leaves something to do.
pub async fn run<L: Landscape>(
    world: &World<L>,
    limits: Limits,
    mut tell: impl FnMut(&News),
) -> Result<(), Stop> {
    let graph = UpgradeWave::graph()?;
    let mut patience = Patience::new(limits.wave);
    loop {
        world.forget().await;
        permit(world).await?;
        let pass = reconcile(&graph, world).await;
        if pass.is_ready() {
            return Ok(());
        }
        let news = news(&graph, &pass);
        fail(&news, &pass)?;
        tell(&news);
        if patience.is_over(&news) {
            return Err(Stop::Paused(news));
        }
        tokio::time::sleep(limits.pace).await;
    }
}

/// Rules, and changes that could not be made in any wave: before the first write of a pass.
async fn permit<L: Landscape>(world: &World<L>) -> Result<(), Stop> {
    // What cannot be seen is told by the pass.
    let Ok(seen) = world.look().await else {
        return Ok(());
    };
    if !seen.plan.refusals.is_empty() {
        return Err(Stop::Refused(seen.plan.refusals.clone()));
    }
    let waves = seen.plan.stages.iter().flat_map(|stage| &stage.waves);
    for change in waves.flat_map(|wave| &wave.changes) {
        write(change, &seen.objects)?;
    }
    Ok(())
}

fn news<L: Landscape>(graph: &Graph<UpgradeWave<L>>, pass: &Pass<Change, UpgradeError>) -> News {
    let first = graph.components().first().map(common::graph::Component::name);
    let open = pass.first_open();
    let waits_for = open.map(|report| match &report.state {
        _ if !report.withheld.is_empty() => {
            let reasons: Vec<&str> = report
                .withheld
                .iter()
                .map(|withheld| withheld.reason.as_str())
                .take(1)
                .collect();
            reasons.concat()
        }
        State::Waiting(reason) | State::Stuck(reason) => reason.clone(),
        State::Failed(errors) => errors
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; "),
        State::Blocked { by } => format!("wave {by}"),
        State::Ready | State::Untouched => String::new(),
    });
    let applied = pass.reports.iter().flat_map(|report| &report.applied);
    News {
        wave: open
            .map(|report| report.name.as_str())
            .or(first)
            .unwrap_or_default()
            .to_owned(),
        written: applied.map(ToString::to_string).collect(),
        waits_for: waits_for.unwrap_or_default(),
    }
}

/// Errors that come back whatever is tried.
fn fail(news: &News, pass: &Pass<Change, UpgradeError>) -> Result<(), Stop> {
    match pass.errors().find(|error| !error.is_transient()) {
        None => Ok(()),
        Some(error) => Err(Stop::Failed {
            wave: news.wave.clone(),
            source: Box::new(error.clone()),
        }),
    }
}

/// Time for a wave: it begins anew with each, and with each write.
struct Patience {
    limit: Duration,
    wave: String,
    until: Instant,
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Self {
            limit,
            wave: String::new(),
            until: Instant::now() + limit,
        }
    }

    fn is_over(&mut self, news: &News) -> bool {
        if self.wave != news.wave || !news.written.is_empty() {
            self.wave.clone_from(&news.wave);
            self.until = Instant::now() + self.limit;
        }
        Instant::now() >= self.until
    }
}
