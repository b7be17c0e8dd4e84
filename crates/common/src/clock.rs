//! The time of day as a value that is passed in, so that a test can decide what time it is.
//!
//! Only for what is written down or compared over restarts (time stamps, ages). Delays and deadlines of a
//! running process use the tokio clock.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;

/// Tells the time. Clones tell the same time.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self {
            now: Arc::new(Timestamp::now),
        }
    }

    /// A clock that stands still, and the hand that moves it.
    pub fn manual(start: Timestamp) -> (Self, ManualTime) {
        let hand = ManualTime {
            at: Arc::new(Mutex::new(start)),
        };
        let shown = Arc::clone(&hand.at);
        (
            Self {
                now: Arc::new(move || *shown.lock()),
            },
            hand,
        )
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// Moves a clock made by [`Clock::manual`].
#[derive(Clone, Debug)]
pub struct ManualTime {
    at: Arc<Mutex<Timestamp>>,
}

impl ManualTime {
    /// Sets the time, backwards too.
    pub fn set(&self, now: Timestamp) {
        *self.at.lock() = now;
    }

    /// Lets time pass; at the end of the representable range it stands still.
    pub fn advance(&self, by: std::time::Duration) {
        let mut at = self.at.lock();
        *at = at.saturating_add(by).unwrap_or(Timestamp::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let (clock, hand) = Clock::manual(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        hand.advance(Duration::from_secs(5));
        assert_eq!(clock.clone().now().as_second(), 5);
        hand.set(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now().as_second(), 0);
    }
}
