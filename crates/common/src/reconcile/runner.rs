//! Works a queue off with a bounded number of concurrent runs.

use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::action::Action;
use super::metrics::QueueMetrics;
use super::queue::Queue;
use super::schedule::Group;

type GroupOf<K> = dyn Fn(&K) -> Option<Arc<str>> + Send + Sync;

/// Bounds the concurrent runs of keys that belong together.
///
/// The group is asked for anew whenever a key's turn comes, outside of the queue's lock.
pub struct Grouping<K> {
    group: Box<GroupOf<K>>,
    limit: usize,
}

impl<K> Grouping<K> {
    /// At most `limit` runs at a time (but at least one) for all keys with the same group; keys without
    /// one are bounded by the runner alone.
    pub fn new(limit: usize, group: impl Fn(&K) -> Option<Arc<str>> + Send + Sync + 'static) -> Self {
        Self {
            group: Box::new(group),
            limit: limit.max(1),
        }
    }
}

/// How a runner works its queue off.
pub struct RunnerOptions<K> {
    /// Runs at a time over all keys. Runs are tasks, not threads: hundreds are fine.
    pub workers: usize,
    /// Bound per group of keys.
    pub grouping: Option<Grouping<K>>,
    /// Every key runs again this long (up to a tenth less) after it was [`Action::Done`]; none: only when added.
    pub resync: Option<Duration>,
    /// How long runs in progress may go on after the stop; those that take longer are dropped.
    pub grace: Duration,
    /// Where depth, runs, failures and durations are counted.
    pub metrics: QueueMetrics,
}

impl<K> Default for RunnerOptions<K> {
    fn default() -> Self {
        Self {
            workers: 64,
            grouping: None,
            resync: None,
            grace: Duration::from_secs(10),
            metrics: QueueMetrics::default(),
        }
    }
}

/// What a runner left behind when it stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Runs that were dropped because they took longer than the grace time.
    pub dropped: usize,
}

struct Ended<K> {
    key: K,
    action: Option<Action>,
    took: Duration,
}

/// Works a [`Queue`] off. A queue has one runner at a time.
pub struct Runner<K> {
    queue: Queue<K>,
    options: RunnerOptions<K>,
}

impl<K: Clone + Debug + Eq + Hash + Send + 'static> Runner<K> {
    /// A runner that does nothing until [`Runner::run`].
    pub fn new(queue: Queue<K>, options: RunnerOptions<K>) -> Self {
        Self { queue, options }
    }

    /// Calls `reconcile` for every key whose turn it is, until `stop`.
    ///
    /// After that no run begins, and those in progress have the grace time to end. A run that panics counts
    /// as failed and is retried; other keys do not notice.
    pub async fn run<F, R>(self, stop: CancellationToken, reconcile: F) -> Stopped
    where
        F: Fn(K) -> R,
        R: Future<Output = Action> + Send + 'static,
    {
        let mut runs = JoinSet::new();
        while !stop.is_cancelled() {
            self.start_all(&mut runs, &reconcile);
            let due = self.queue.next_due();
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                Some(ended) = runs.join_next() => self.end(ended.ok()),
                () = self.queue.changed() => {}
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
            while let Some(ended) = runs.try_join_next() {
                self.end(ended.ok());
            }
        }
        self.drain(runs).await
    }

    fn start_all<F, R>(&self, runs: &mut JoinSet<Ended<K>>, reconcile: &F)
    where
        F: Fn(K) -> R,
        R: Future<Output = Action> + Send + 'static,
    {
        while runs.len() < self.options.workers.max(1) {
            let Some(candidate) = self.queue.take() else {
                break;
            };
            let key = candidate.key.clone();
            let (group, limit) = self.group_of(&key);
            if self.queue.start(&candidate, group.as_ref(), limit) {
                runs.spawn(timed(key.clone(), reconcile(key)));
            }
        }
        self.options.metrics.set_depth(self.queue.waiting(), runs.len());
    }

    fn group_of(&self, key: &K) -> (Option<Group>, usize) {
        match &self.options.grouping {
            Some(grouping) => ((grouping.group)(key), grouping.limit),
            None => (None, usize::MAX),
        }
    }

    fn end(&self, ended: Option<Ended<K>>) {
        let Some(Ended { key, action, took }) = ended else {
            return;
        };
        self.options.metrics.count_run(took);
        if action.is_none() {
            tracing::error!(?key, "a run panicked and will be retried");
        }
        let action = action.unwrap_or(Action::Retry);
        if action == Action::Retry {
            self.options.metrics.count_failure();
        }
        self.queue.finish(key, action, self.options.resync);
    }

    async fn drain(&self, mut runs: JoinSet<Ended<K>>) -> Stopped {
        let deadline = Instant::now() + self.options.grace;
        while let Ok(Some(ended)) = timeout_at(deadline, runs.join_next()).await {
            self.end(ended.ok());
        }
        let dropped = runs.len();
        runs.shutdown().await;
        self.options.metrics.set_depth(self.queue.waiting(), 0);
        Stopped { dropped }
    }
}

async fn timed<K>(key: K, run: impl Future<Output = Action>) -> Ended<K> {
    let start = Instant::now();
    let action = AssertUnwindSafe(run).catch_unwind().await.ok();
    Ended {
        key,
        action,
        took: start.elapsed(),
    }
}

#[cfg(test)]
mod tests;
