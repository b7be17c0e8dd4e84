//! Two who want the same member to have different values. Pure.
//!
//! Drift is undone at once, but not for ever at full speed: whoever changes an object again and again within a
//! minute is not a hand that slipped, and undoing it in a hot loop would only load the cluster.

use std::collections::VecDeque;

use crate::api::Timestamp;

/// Repairs within [`WINDOW`] after which Krake pauses.
pub(super) const LIMIT: usize = 20;
/// Seconds over which repairs are counted, and for which Krake then pauses.
pub(super) const WINDOW: i64 = 60;

/// Repairs of one object.
#[derive(Debug, Clone, Default)]
pub(super) struct Contention {
    repairs: VecDeque<Timestamp>,
    paused_until: Option<Timestamp>,
}

/// Whether an object may be repaired now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Yes.
    Repair,
    /// Not before this moment.
    Pause(Timestamp),
}

impl Contention {
    /// Asks for a repair; one that is granted counts.
    pub(super) fn ask(&mut self, now: Timestamp) -> Verdict {
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Verdict::Pause(until);
        }
        let begin = now.plus_seconds(-WINDOW);
        self.repairs.retain(|repair| *repair > begin);
        if self.repairs.len() >= LIMIT {
            let until = now.plus_seconds(WINDOW);
            self.paused_until = Some(until);
            self.repairs.clear();
            return Verdict::Pause(until);
        }
        self.repairs.push_back(now);
        Verdict::Repair
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fight_ends_in_a_pause_and_goes_on_after_it() {
        let mut contention = Contention::default();
        let at = |seconds| Timestamp::default().plus_seconds(seconds);
        for second in 0..20 {
            assert_eq!(contention.ask(at(second)), Verdict::Repair);
        }
        assert_eq!(contention.ask(at(20)), Verdict::Pause(at(80)));
        assert_eq!(contention.ask(at(79)), Verdict::Pause(at(80)));
        assert_eq!(contention.ask(at(80)), Verdict::Repair);
    }

    #[test]
    fn occasional_repairs_are_no_fight() {
        let mut contention = Contention::default();
        for minute in 0..500 {
            assert_eq!(
                contention.ask(Timestamp::default().plus_seconds(minute * 4)),
                Verdict::Repair
            );
        }
    }
}
