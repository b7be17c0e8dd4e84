//! Two who want the same member to have different values. Pure.
//!
//! Drift is undone at once, but not for ever at full speed: whoever changes a member again and again within a
//! minute is not a hand that slipped, and undoing it in a hot loop would only load the cluster. Each member is
//! counted for itself: many different changes of one object are no fight, and while one member is fought over
//! the others are put right as ever.

use std::collections::{HashMap, VecDeque};

use crate::api::Timestamp;

/// Repairs within [`WINDOW`] after which Krake pauses.
pub(super) const LIMIT: usize = 20;
/// Seconds over which repairs are counted, and for which Krake then pauses.
pub(super) const WINDOW: i64 = 60;

/// Repairs of one object, member by member.
#[derive(Debug, Clone, Default)]
pub(super) struct Contention {
    members: HashMap<String, Repairs>,
}

/// Repairs of one member.
#[derive(Debug, Clone, Default)]
struct Repairs {
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
    /// Asks for a repair of members that differ; each that is granted counts. It waits only if every one of
    /// them is fought over.
    pub(super) fn ask(&mut self, members: &[String], now: Timestamp) -> Verdict {
        self.members.retain(|_, repairs| repairs.matter(now));
        let mut earliest = None;
        let mut is_granted = members.is_empty();
        for member in members {
            match self.members.entry(member.clone()).or_default().ask(now) {
                Verdict::Repair => is_granted = true,
                Verdict::Pause(until) => {
                    earliest = Some(earliest.map_or(until, |earliest: Timestamp| earliest.min(until)));
                }
            }
        }
        match earliest {
            Some(until) if !is_granted => Verdict::Pause(until),
            Some(_) | None => Verdict::Repair,
        }
    }
}

impl Repairs {
    /// Whether anything of it still counts.
    fn matter(&self, now: Timestamp) -> bool {
        let begin = now.plus_seconds(-WINDOW);
        self.paused_until.is_some_and(|until| until > now)
            || self.repairs.iter().any(|repair| *repair > begin)
    }

    fn ask(&mut self, now: Timestamp) -> Verdict {
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

    fn at(seconds: i64) -> Timestamp {
        Timestamp::default().plus_seconds(seconds)
    }

    fn members(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_fight_ends_in_a_pause_and_goes_on_after_it() {
        let mut contention = Contention::default();
        let replicas = members(&["spec.replicas"]);
        for second in 0..20 {
            assert_eq!(contention.ask(&replicas, at(second)), Verdict::Repair);
        }
        assert_eq!(contention.ask(&replicas, at(20)), Verdict::Pause(at(80)));
        assert_eq!(contention.ask(&replicas, at(79)), Verdict::Pause(at(80)));
        assert_eq!(contention.ask(&replicas, at(80)), Verdict::Repair);
    }

    #[test]
    fn occasional_repairs_are_no_fight() {
        let mut contention = Contention::default();
        for minute in 0..500 {
            let verdict = contention.ask(&members(&["spec.replicas"]), at(minute * 4));
            assert_eq!(verdict, Verdict::Repair);
        }
    }

    #[test]
    fn different_changes_of_one_object_are_no_fight() {
        let mut contention = Contention::default();
        for second in 0..60 {
            let changed = members(&[["spec.replicas", "data.a", "data.b", "data.c"][second % 4]]);
            let now = at(i64::try_from(second).unwrap());
            assert_eq!(contention.ask(&changed, now), Verdict::Repair);
        }
    }

    #[test]
    fn a_member_that_nobody_fights_over_is_put_right_beside_one_that_is() {
        let mut contention = Contention::default();
        let (fought, both) = (members(&["data.a"]), members(&["data.a", "data.b"]));
        for second in 0..20 {
            contention.ask(&fought, at(second));
        }
        assert_eq!(contention.ask(&fought, at(20)), Verdict::Pause(at(80)));
        assert_eq!(contention.ask(&both, at(21)), Verdict::Repair);
        assert_eq!(contention.ask(&fought, at(22)), Verdict::Pause(at(80)));
    }
}
