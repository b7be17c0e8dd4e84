//! How long to wait after the n-th failure in a row.

use std::time::Duration;

/// Exponential backoff with jitter.
///
/// The n-th delay is `initial * factor^(n-1)`, at most `max`, less a random part of up to `jitter` of it.
/// So it never exceeds `max` and never falls below `(1 - jitter)` of the exact value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Delay after the first failure.
    pub initial: Duration,
    /// Growth per failure; values below one count as one (a constant delay).
    pub factor: f64,
    /// Upper bound of every delay.
    pub max: Duration,
    /// Share of the delay that chance may take away, from 0 to 1.
    pub jitter: f64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Duration::from_millis(200),
            factor: 2.0,
            max: Duration::from_mins(1),
            jitter: 0.2,
        }
    }
}

impl Backoff {
    /// Delay after `failures` failures in a row; `chance` is a random number from 0 to 1.
    pub fn delay(&self, failures: u32, chance: f64) -> Duration {
        let steps = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
        let exact = self.initial.as_secs_f64() * self.factor.max(1.0).powi(steps);
        let bounded = exact.min(self.max.as_secs_f64());
        let kept = 1.0 - self.jitter.clamp(0.0, 1.0) * chance.clamp(0.0, 1.0);
        Duration::try_from_secs_f64(bounded * kept)
            .unwrap_or(self.max)
            .min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_jitter_the_delay_doubles_up_to_the_bound() {
        let backoff = Backoff {
            initial: Duration::from_secs(1),
            factor: 2.0,
            max: Duration::from_secs(10),
            jitter: 0.0,
        };
        let delays: Vec<u64> = (1..=6).map(|n| backoff.delay(n, 0.7).as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 8, 10, 10]);
    }

    proptest! {
        #[test]
        fn a_delay_stays_between_its_bounds(
            initial in 0_u64..10_000, factor in 0.0_f64..10.0, max in 0_u64..100_000,
            jitter in 0.0_f64..=1.0, failures: u32, chance in 0.0_f64..=1.0,
        ) {
            let (initial, max) = (Duration::from_millis(initial), Duration::from_millis(max));
            let backoff = Backoff { initial, factor, max, jitter };
            let delay = backoff.delay(failures, chance);
            prop_assert!(delay <= max);
            let floor = initial.min(max).as_secs_f64() * (1.0 - jitter);
            prop_assert!(delay.as_secs_f64() >= floor - 1e-6);
        }
    }
}
