//! The handle by which everybody adds keys.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::action::Action;
use super::backoff::Backoff;
use super::schedule::{Candidate, End, Group, Schedule};

/// What a queue does with additions and retries.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueOptions {
    /// An addition waits this long for others of the same key. The wait starts with the first of them and
    /// is not extended, so that a key that changes all the time runs all the same. Zero: no wait.
    pub debounce: Duration,
    /// Delays between retries.
    pub backoff: Backoff,
    /// Seed of the backoff's jitter; none: from the system.
    pub seed: Option<u64>,
}

struct State<K> {
    schedule: Schedule<K>,
    random: fastrand::Rng,
}

struct Shared<K> {
    state: Mutex<State<K>>,
    changed: Notify,
    options: QueueOptions,
}

/// Keyed work queue; clones are handles to the same queue. See the [module](super) for its guarantees.
///
/// All methods are short, do not wait and may be called from anywhere, runs included. Its times are those
/// of the tokio clock, so that tests can pause it.
pub struct Queue<K> {
    shared: Arc<Shared<K>>,
}

impl<K> Clone for Queue<K> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<K: Clone + Eq + Hash> Default for Queue<K> {
    fn default() -> Self {
        Self::new(QueueOptions::default())
    }
}

impl<K: Clone + Eq + Hash> Queue<K> {
    /// An empty queue.
    pub fn new(options: QueueOptions) -> Self {
        let random = options
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let state = State {
            schedule: Schedule::new(),
            random,
        };
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                changed: Notify::new(),
                options,
            }),
        }
    }

    /// Runs the key as soon as possible (after the debounce time), also if a later time was set for it.
    ///
    /// This includes the delay of a retry: a controller whose own failure report leads to an addition
    /// should look at [`Queue::failures`] or leave such changes out, else it does not back off.
    pub fn add(&self, key: K) {
        let debounce = self.shared.options.debounce;
        self.change(|state| {
            if debounce.is_zero() {
                state.schedule.add(key);
            } else {
                state.schedule.add_at(key, Instant::now() + debounce);
            }
        });
    }

    /// Adds many keys at once.
    pub fn extend(&self, keys: impl IntoIterator<Item = K>) {
        keys.into_iter().for_each(|key| self.add(key));
    }

    /// Runs the key after `delay`, unless it is to run before anyway.
    pub fn add_after(&self, key: K, delay: Duration) {
        self.change(|state| state.schedule.add_at(key, Instant::now() + delay));
    }

    /// Counts a failure of the key and runs it after its backoff; returns how long that is.
    pub fn retry(&self, key: K) -> Duration {
        let (now, backoff) = (Instant::now(), &self.shared.options.backoff);
        self.change(|state| state.schedule.retry(key, now, backoff, state.random.f64()) - now)
    }

    /// Failures of the key in a row.
    pub fn failures(&self, key: &K) -> u32 {
        self.shared.state.lock().schedule.failures(key)
    }

    /// Forgets the failures of the key: its next retry starts with the initial delay.
    pub fn forget(&self, key: &K) {
        self.change(|state| state.schedule.forget(key));
    }

    /// Takes back every addition, timer and failure of the key.
    ///
    /// A run in progress goes on, but the retry or delay it asks for is ignored. Later additions count.
    pub fn cancel(&self, key: &K) {
        self.change(|state| state.schedule.cancel(key));
    }

    /// Keys that wait for a worker; those with a timer that has not expired do not count.
    pub fn waiting(&self) -> usize {
        self.shared.state.lock().schedule.waiting()
    }

    /// Keys whose run is in progress.
    pub fn running(&self) -> usize {
        self.shared.state.lock().schedule.running()
    }

    fn change<T>(&self, change: impl FnOnce(&mut State<K>) -> T) -> T {
        let result = change(&mut self.shared.state.lock());
        self.shared.changed.notify_one();
        result
    }

    /// Resolves after the next change, or at once if there was one since the last call.
    pub(super) async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.shared.state.lock().schedule.next_due()
    }

    pub(super) fn take(&self) -> Option<Candidate<K>> {
        let mut state = self.shared.state.lock();
        state.schedule.wake(Instant::now());
        state.schedule.take()
    }

    pub(super) fn start(&self, candidate: &Candidate<K>, group: Option<&Group>, limit: usize) -> bool {
        self.shared.state.lock().schedule.start(candidate, group, limit)
    }

    pub(super) fn finish(&self, key: K, action: Action, resync: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.shared.state.lock();
        let chance = state.random.f64();
        let end = match action {
            Action::Done => resync.map_or(End::Done, |period| End::At(now + early(period, chance))),
            Action::After(delay) => End::At(now + delay),
            Action::Retry => End::Failed {
                now,
                backoff: self.shared.options.backoff,
                chance,
            },
            Action::Gone => End::Done,
        };
        state.schedule.finish(key, end);
    }
}

/// Up to a tenth earlier, so that keys that were added together do not stay together for ever.
fn early(period: Duration, chance: f64) -> Duration {
    period.mul_f64(1.0 - chance.clamp(0.0, 1.0) / 10.0)
}
