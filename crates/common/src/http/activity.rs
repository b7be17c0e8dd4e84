//! What a connection is waiting for, and when that has taken too long.
//!
//! Instead of a timer per request, a connection notes when things happened and one watchdog per connection
//! looks at the notes when the earliest of its deadlines could have passed.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::limits::Limits;

/// What is to happen to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All well; look again then.
    Later(Instant),
    /// A request has begun and its head does not arrive.
    SlowHead,
    /// No request for too long.
    Idle,
    /// The client does not read what it asked for.
    Stalled,
}

/// Notes of one connection. Times are milliseconds since its begin, plus one; zero stands for "not".
#[derive(Debug)]
pub(super) struct Activity {
    begun: Instant,
    in_flight: AtomicUsize,
    idle_since: AtomicU64,
    head_since: AtomicU64,
    stalled_since: AtomicU64,
    is_http2: AtomicBool,
    must_linger: AtomicBool,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            in_flight: AtomicUsize::new(0),
            idle_since: AtomicU64::new(1),
            head_since: AtomicU64::new(0),
            stalled_since: AtomicU64::new(0),
            is_http2: AtomicBool::new(false),
            must_linger: AtomicBool::new(false),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    /// Bytes have arrived.
    pub(super) fn received(&self) {
        if self.in_flight.load(Ordering::Relaxed) == 0 && self.head_since.load(Ordering::Relaxed) == 0 {
            self.head_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// The socket took bytes, or it did not.
    pub(super) fn wrote(&self, progress: bool) {
        let stalled = self.stalled_since.load(Ordering::Relaxed) != 0;
        if progress && stalled {
            self.stalled_since.store(0, Ordering::Relaxed);
        } else if !progress && !stalled {
            self.stalled_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// A request's head is complete.
    pub(super) fn begin_request(&self, is_http2: bool) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
        if is_http2 {
            self.is_http2.store(true, Ordering::Relaxed);
        }
    }

    /// A response has been produced to its end, or given up.
    pub(super) fn end_request(&self) {
        if self.in_flight.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.idle_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// A request was answered before all of its body was read.
    pub(super) fn set_must_linger(&self) {
        self.must_linger.store(true, Ordering::Relaxed);
    }

    pub(super) fn must_linger(&self) -> bool {
        self.must_linger.load(Ordering::Relaxed)
    }

    pub(super) fn verdict(&self, limits: &Limits) -> Verdict {
        let now = self.now();
        let is_over = |since: u64, limit: Duration| {
            since != 0 && Duration::from_millis(now.saturating_sub(since)) >= limit
        };
        if is_over(self.stalled_since.load(Ordering::Relaxed), limits.write_time) {
            return Verdict::Stalled;
        }
        if self.in_flight.load(Ordering::Relaxed) == 0 {
            let head_since = self.head_since.load(Ordering::Relaxed);
            // Between requests HTTP/2 exchanges frames that begin none.
            if !self.is_http2.load(Ordering::Relaxed) && is_over(head_since, limits.head_time) {
                return Verdict::SlowHead;
            }
            if is_over(self.idle_since.load(Ordering::Relaxed), limits.idle_time) {
                return Verdict::Idle;
            }
        }
        Verdict::Later(Instant::now() + pause(limits))
    }
}

/// Deadlines are kept to within a quarter of the shortest limit.
fn pause(limits: &Limits) -> Duration {
    let shortest = limits.head_time.min(limits.idle_time).min(limits.write_time);
    (shortest / 4).max(Duration::from_millis(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const LIMITS: Limits = Limits {
        body_bytes: 1,
        head_bytes: 1,
        head_time: Duration::from_secs(2),
        body_time: Duration::from_secs(2),
        idle_time: Duration::from_secs(10),
        write_time: Duration::from_secs(5),
        connections: 1,
    };

    async fn verdict_after(activity: &Activity, seconds: u64) -> Verdict {
        advance(Duration::from_secs(seconds)).await;
        activity.verdict(&LIMITS)
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_connection_is_idle_and_one_that_sends_half_a_head_is_slow() {
        let silent = Activity::new();
        assert!(matches!(verdict_after(&silent, 9).await, Verdict::Later(_)));
        assert_eq!(verdict_after(&silent, 1).await, Verdict::Idle);
        let slow = Activity::new();
        slow.received();
        advance(Duration::from_secs(1)).await;
        slow.received();
        assert_eq!(verdict_after(&slow, 1).await, Verdict::SlowHead);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_in_flight_may_take_as_long_as_it_likes() {
        let activity = Activity::new();
        activity.received();
        activity.begin_request(false);
        assert!(matches!(verdict_after(&activity, 1000).await, Verdict::Later(_)));
        activity.end_request();
        assert!(matches!(verdict_after(&activity, 9).await, Verdict::Later(_)));
        assert_eq!(verdict_after(&activity, 1).await, Verdict::Idle);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_cut_also_with_a_request_in_flight() {
        let activity = Activity::new();
        activity.begin_request(true);
        activity.wrote(false);
        advance(Duration::from_secs(4)).await;
        activity.wrote(true);
        activity.wrote(false);
        assert!(matches!(verdict_after(&activity, 4).await, Verdict::Later(_)));
        assert_eq!(verdict_after(&activity, 1).await, Verdict::Stalled);
    }
}
