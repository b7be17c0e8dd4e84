//! The rules one by one, and all of them together against a model.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const FLAT: Backoff = Backoff {
    initial: Duration::from_secs(1),
    factor: 2.0,
    max: Duration::from_secs(8),
    jitter: 0.0,
};

fn start_next(schedule: &mut Schedule<u8>) -> Option<u8> {
    let candidate = schedule.take()?;
    schedule
        .start(&candidate, None, usize::MAX)
        .then_some(candidate.key)
}

fn second(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn additions_coalesce_and_an_addition_during_a_run_leads_to_one_more_run() {
    let mut schedule = Schedule::new();
    schedule.add(1);
    schedule.add(1);
    assert_eq!(start_next(&mut schedule), Some(1));
    assert_eq!(start_next(&mut schedule), None);
    schedule.add(1);
    schedule.add(1);
    assert_eq!(
        start_next(&mut schedule),
        None,
        "never two runs of a key at a time"
    );
    schedule.finish(1, End::Done);
    assert_eq!(start_next(&mut schedule), Some(1));
    schedule.finish(1, End::Done);
    assert_eq!(start_next(&mut schedule), None);
    assert!(schedule.is_empty());
}

#[test]
fn the_earliest_time_wins_and_an_addition_without_delay_beats_it() {
    let now = Instant::now();
    let mut schedule = Schedule::new();
    schedule.add_at(1, now + second(5));
    schedule.add_at(1, now + second(3));
    schedule.add_at(1, now + second(9));
    assert_eq!(schedule.next_due(), Some(now + second(3)));
    schedule.add(1);
    assert_eq!(schedule.next_due(), None);
    assert_eq!(start_next(&mut schedule), Some(1));
}

#[test]
fn retries_back_off_until_a_run_succeeds() {
    let now = Instant::now();
    let mut schedule = Schedule::new();
    let failed = End::Failed {
        now,
        backoff: FLAT,
        chance: 0.0,
    };
    for expected in [1, 2, 4, 8, 8] {
        schedule.add(1);
        start_next(&mut schedule);
        schedule.finish(1, failed);
        assert_eq!(schedule.next_due(), Some(now + second(expected)));
    }
    schedule.add(1);
    start_next(&mut schedule);
    schedule.finish(1, End::Done);
    assert_eq!(schedule.failures(&1), 0);
    assert!(schedule.is_empty());
}

#[test]
fn a_cancelled_key_does_not_run_and_what_its_last_run_asked_for_is_ignored() {
    let now = Instant::now();
    let mut schedule = Schedule::new();
    schedule.add(1);
    schedule.cancel(&1);
    assert_eq!(start_next(&mut schedule), None);
    schedule.add(1);
    start_next(&mut schedule);
    schedule.add(1);
    schedule.cancel(&1);
    schedule.finish(
        1,
        End::Failed {
            now,
            backoff: FLAT,
            chance: 0.0,
        },
    );
    assert!(schedule.is_empty());
    schedule.add(1);
    start_next(&mut schedule);
    schedule.cancel(&1);
    schedule.add(1);
    schedule.finish(1, End::At(now));
    assert_eq!(
        start_next(&mut schedule),
        Some(1),
        "an addition after the cancellation counts"
    );
}

#[test]
fn a_full_group_does_not_hold_up_the_keys_of_others() {
    let mut schedule = Schedule::new();
    let group = |key: u8| (key < 10).then(|| Group::from("hanging"));
    (0..12).for_each(|key| schedule.add(key));
    let mut started = Vec::new();
    while let Some(candidate) = schedule.take() {
        if schedule.start(&candidate, group(candidate.key).as_ref(), 2) {
            started.push(candidate.key);
        }
    }
    assert_eq!(started, [0, 1, 10, 11]);
    schedule.finish(0, End::Done);
    let next = schedule.take().unwrap();
    assert_eq!(next.key, 2, "a freed place goes to the first that waits for it");
    assert!(schedule.start(&next, group(2).as_ref(), 2));
}

#[test]
fn a_key_that_changes_its_group_hands_the_freed_place_on() {
    let mut schedule = Schedule::new();
    let (full, other) = (Group::from("full"), Group::from("other"));
    (0..3).for_each(|key| schedule.add(key));
    while let Some(candidate) = schedule.take() {
        schedule.start(&candidate, Some(&full), 1);
    }
    schedule.finish(0, End::Done);
    let moved = schedule.take().unwrap();
    assert!(schedule.start(&moved, Some(&other), 1));
    let last = schedule.take().unwrap();
    assert_eq!(last.key, 2);
    assert!(schedule.start(&last, Some(&full), 1));
}

#[derive(Clone, Debug)]
enum Step {
    Add(u8),
    AddAt(u8, u64),
    Cancel(u8),
    Forget(u8),
    Regroup(u8),
    Start { between: Option<(bool, u8)> },
    Finish(u8, u8),
    Advance(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0_u8..6;
    prop_oneof![
        4 => key.clone().prop_map(Step::Add),
        2 => (key.clone(), 0_u64..10).prop_map(|(key, delay)| Step::AddAt(key, delay)),
        1 => key.clone().prop_map(Step::Cancel),
        1 => key.clone().prop_map(Step::Forget),
        1 => key.clone().prop_map(Step::Regroup),
        6 => proptest::option::weighted(0.2, (any::<bool>(), key.clone()))
            .prop_map(|between| Step::Start { between }),
        4 => (key, 0_u8..3).prop_map(|(key, end)| Step::Finish(key, end)),
        1 => (0_u64..10).prop_map(Step::Advance),
    ]
}

/// What has to hold whatever the order of calls: keys that are owed a run, and those that run.
struct Model {
    schedule: Schedule<u8>,
    now: Instant,
    owed: HashSet<u8>,
    running: HashMap<u8, Option<Group>>,
    groups: HashMap<u8, u8>,
}

const LIMIT: usize = 2;

impl Model {
    fn new() -> Self {
        Self {
            schedule: Schedule::new(),
            now: Instant::now(),
            owed: HashSet::new(),
            running: HashMap::new(),
            groups: HashMap::new(),
        }
    }

    fn group(&self, key: u8) -> Option<Group> {
        let number = self.groups.get(&key).copied().unwrap_or(key % 3);
        (number > 0).then(|| Group::from(number.to_string()))
    }

    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Add(key) => self.add(key),
            Step::AddAt(key, delay) => self.schedule.add_at(key, self.now + second(delay)),
            Step::Cancel(key) => self.cancel(key),
            Step::Forget(key) => self.schedule.forget(&key),
            Step::Regroup(key) => {
                *self.groups.entry(key).or_insert(key % 3) += 1;
            }
            Step::Start { between } => self.start(between),
            Step::Finish(key, end) => self.finish(key, end),
            Step::Advance(seconds) => {
                self.now += second(seconds);
                self.schedule.wake(self.now);
            }
        }
    }

    fn add(&mut self, key: u8) {
        self.schedule.add(key);
        self.owed.insert(key);
    }

    fn cancel(&mut self, key: u8) {
        self.schedule.cancel(&key);
        self.owed.remove(&key);
    }

    fn start(&mut self, between: Option<(bool, u8)>) {
        let Some(candidate) = self.schedule.take() else {
            return;
        };
        match between {
            Some((true, key)) => self.add(key),
            Some((false, key)) => self.cancel(key),
            None => {}
        }
        let group = self.group(candidate.key);
        if self.schedule.start(&candidate, group.as_ref(), LIMIT) {
            self.owed.remove(&candidate.key);
            let before = self.running.insert(candidate.key, group.clone());
            assert!(before.is_none(), "key {} runs twice at a time", candidate.key);
            let members = self
                .running
                .values()
                .filter(|other| group.is_some() && **other == group)
                .count();
            assert!(members <= LIMIT);
        }
    }

    fn finish(&mut self, key: u8, end: u8) {
        if self.running.remove(&key).is_none() {
            return;
        }
        let end = match end {
            0 => End::Done,
            1 => End::At(self.now + second(3)),
            _ => End::Failed {
                now: self.now,
                backoff: FLAT,
                chance: 0.5,
            },
        };
        self.schedule.finish(key, end);
    }

    /// Lets everything run to its end.
    fn drain(&mut self) {
        while self.schedule.waiting() + self.schedule.running() > 0 || self.schedule.next_due().is_some() {
            let before = (
                self.schedule.waiting(),
                self.schedule.running(),
                self.schedule.next_due(),
            );
            while !self.schedule.ready.is_empty() {
                self.start(None);
            }
            for key in self.running.keys().copied().collect::<Vec<_>>() {
                self.finish(key, 0);
            }
            self.now += second(100);
            self.schedule.wake(self.now);
            let after = (
                self.schedule.waiting(),
                self.schedule.running(),
                self.schedule.next_due(),
            );
            assert!(
                before != after || !self.schedule.ready.is_empty(),
                "stuck at {after:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn runs_of_a_key_never_overlap_no_addition_is_lost_and_nothing_remains(
        steps in proptest::collection::vec(step(), 0..120),
    ) {
        let mut model = Model::new();
        for step in steps {
            model.apply(&step);
            prop_assert_eq!(model.schedule.running(), model.running.len());
        }
        model.drain();
        prop_assert!(model.owed.is_empty(), "never run: {:?}", model.owed);
        (0..6).for_each(|key| model.schedule.forget(&key));
        prop_assert!(model.schedule.take().is_none());
        prop_assert!(model.schedule.is_empty());
    }
}
