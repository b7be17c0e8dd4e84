//! Which key may run when: the queue's rules as a value, without clock, lock or task.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;

use tokio::time::Instant;

use super::backoff::Backoff;

/// Order of arrival; also tells a current position from one that was given up.
type Ticket = u64;

/// Keys of one group share a bound on concurrent runs.
pub(super) type Group = Arc<str>;

#[derive(Debug)]
enum State {
    /// Not waiting for a worker; a timer may be set.
    Idle,
    /// In `ready`, or just taken from there.
    Ready(Ticket),
    /// Waits until its group has a place.
    Parked(Group, Ticket),
    Running(Run),
}

#[derive(Debug, Default)]
struct Run {
    /// Added meanwhile: one more run.
    again: bool,
    /// Cancelled meanwhile: what the run reports does not count.
    cancelled: bool,
    group: Option<Group>,
}

#[derive(Debug)]
struct Entry {
    state: State,
    due: Option<(Instant, Ticket)>,
    failures: u32,
}

/// Keys of a group that run and that wait for a place in it.
#[derive(Debug)]
struct Members<K> {
    running: usize,
    parked: BTreeMap<Ticket, K>,
}

/// A key that was taken from the queue and is not yet running.
#[derive(Debug)]
pub(super) struct Candidate<K> {
    ticket: Ticket,
    pub(super) key: K,
    /// The group whose free place let it go; somebody else gets the place if this key does not take it.
    released_by: Option<Group>,
}

/// How a run ended, with times instead of durations.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Done,
    At(Instant),
    Failed {
        now: Instant,
        backoff: Backoff,
        chance: f64,
    },
}

#[derive(Debug)]
pub(super) struct Schedule<K> {
    entries: HashMap<K, Entry>,
    ready: VecDeque<Candidate<K>>,
    timers: BTreeMap<(Instant, Ticket), K>,
    groups: HashMap<Group, Members<K>>,
    last_ticket: Ticket,
    waiting: usize,
    running: usize,
}

impl<K: Clone + Eq + Hash> Schedule<K> {
    pub(super) fn new() -> Self {
        Self {
            entries: HashMap::new(),
            ready: VecDeque::new(),
            timers: BTreeMap::new(),
            groups: HashMap::new(),
            last_ticket: 0,
            waiting: 0,
            running: 0,
        }
    }

    /// Keys that wait for a worker or for a place in their group.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(super) fn running(&self) -> usize {
        self.running
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.timers.keys().next().map(|(due, _)| *due)
    }

    /// Runs the key as soon as possible, whatever timer it has.
    pub(super) fn add(&mut self, key: K) {
        let ticket = self.new_ticket();
        let entry = self.entries.entry(key.clone()).or_insert(Entry {
            state: State::Idle,
            due: None,
            failures: 0,
        });
        if let Some(due) = entry.due.take() {
            self.timers.remove(&due);
        }
        match &mut entry.state {
            State::Ready(_) => {}
            State::Running(run) => run.again = true,
            State::Idle => {
                entry.state = State::Ready(ticket);
                self.waiting += 1;
                self.ready.push_back(Candidate {
                    ticket,
                    key,
                    released_by: None,
                });
            }
            // Its group may have changed; it keeps its place in the order.
            State::Parked(group, ticket) => {
                let (group, ticket) = (group.clone(), *ticket);
                entry.state = State::Ready(ticket);
                if let Some(members) = self.groups.get_mut(&group) {
                    members.parked.remove(&ticket);
                }
                self.ready.push_back(Candidate {
                    ticket,
                    key,
                    released_by: None,
                });
                self.drop_group_if_empty(&group);
            }
        }
    }

    /// Runs the key at `due` unless it runs or is to run before.
    pub(super) fn add_at(&mut self, key: K, due: Instant) {
        let ticket = self.new_ticket();
        let entry = self.entries.entry(key.clone()).or_insert(Entry {
            state: State::Idle,
            due: None,
            failures: 0,
        });
        if matches!(entry.state, State::Ready(_) | State::Parked(..)) {
            return;
        }
        match entry.due {
            Some((earlier, _)) if earlier <= due => return,
            Some(later) => {
                self.timers.remove(&later);
            }
            None => {}
        }
        entry.due = Some((due, ticket));
        self.timers.insert((due, ticket), key);
    }

    /// Counts a failure and sets the timer of the next attempt; returns when that is.
    pub(super) fn retry(&mut self, key: K, now: Instant, backoff: &Backoff, chance: f64) -> Instant {
        let entry = self.entries.entry(key.clone()).or_insert(Entry {
            state: State::Idle,
            due: None,
            failures: 0,
        });
        entry.failures = entry.failures.saturating_add(1);
        let due = now + backoff.delay(entry.failures, chance);
        self.add_at(key, due);
        due
    }

    pub(super) fn failures(&self, key: &K) -> u32 {
        self.entries.get(key).map_or(0, |entry| entry.failures)
    }

    pub(super) fn forget(&mut self, key: &K) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.failures = 0;
        }
        self.drop_entry_if_empty(key);
    }

    /// Takes back all that waits for the key. A run in progress goes on, but what it reports is ignored.
    pub(super) fn cancel(&mut self, key: &K) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        entry.failures = 0;
        if let Some(due) = entry.due.take() {
            self.timers.remove(&due);
        }
        match &mut entry.state {
            State::Idle => {}
            State::Running(run) => {
                run.again = false;
                run.cancelled = true;
            }
            State::Ready(_) => {
                entry.state = State::Idle;
                self.waiting = self.waiting.saturating_sub(1);
            }
            State::Parked(group, ticket) => {
                let (group, ticket) = (group.clone(), *ticket);
                entry.state = State::Idle;
                self.waiting = self.waiting.saturating_sub(1);
                if let Some(members) = self.groups.get_mut(&group) {
                    members.parked.remove(&ticket);
                }
                self.drop_group_if_empty(&group);
            }
        }
        self.drop_entry_if_empty(key);
    }

    /// Lets everything run whose time has come.
    pub(super) fn wake(&mut self, now: Instant) {
        while let Some(timer) = self.timers.first_entry() {
            if timer.key().0 > now {
                return;
            }
            let key = timer.remove();
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.due = None;
            }
            self.add(key);
        }
    }

    /// The next key that may run as far as its turn is concerned; [`Schedule::start`] looks at its group.
    pub(super) fn take(&mut self) -> Option<Candidate<K>> {
        while let Some(candidate) = self.ready.pop_front() {
            if self.is_current(&candidate) {
                return Some(candidate);
            }
            self.pass_on_place(candidate.released_by.as_ref());
        }
        None
    }

    /// Starts the run of a candidate; false if it was cancelled meanwhile or its group has no place.
    pub(super) fn start(&mut self, candidate: &Candidate<K>, group: Option<&Group>, limit: usize) -> bool {
        let current = self.is_current(candidate);
        let released_by = candidate.released_by.clone();
        let started = current && self.start_current(candidate, group, limit);
        if !current || released_by.as_ref() != group {
            self.pass_on_place(released_by.as_ref());
        }
        started
    }

    fn start_current(&mut self, candidate: &Candidate<K>, group: Option<&Group>, limit: usize) -> bool {
        if let Some(group) = group {
            let members = self.groups.entry(group.clone()).or_insert(Members {
                running: 0,
                parked: BTreeMap::new(),
            });
            if members.running >= limit {
                members.parked.insert(candidate.ticket, candidate.key.clone());
                if let Some(entry) = self.entries.get_mut(&candidate.key) {
                    entry.state = State::Parked(group.clone(), candidate.ticket);
                }
                return false;
            }
            members.running += 1;
        }
        if let Some(entry) = self.entries.get_mut(&candidate.key) {
            entry.state = State::Running(Run {
                group: group.cloned(),
                ..Run::default()
            });
        }
        self.waiting = self.waiting.saturating_sub(1);
        self.running += 1;
        true
    }

    /// Ends a run: frees its place and queues what is to come next.
    pub(super) fn finish(&mut self, key: K, end: End) {
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        let State::Running(run) = std::mem::replace(&mut entry.state, State::Idle) else {
            return;
        };
        self.running = self.running.saturating_sub(1);
        if !run.cancelled {
            self.follow_up(&key, end);
        }
        if run.again {
            self.add(key);
        } else {
            self.drop_entry_if_empty(&key);
        }
        if let Some(group) = run.group {
            if let Some(members) = self.groups.get_mut(&group) {
                members.running = members.running.saturating_sub(1);
            }
            self.pass_on_place(Some(&group));
        }
    }

    fn follow_up(&mut self, key: &K, end: End) {
        match end {
            End::Done => self.reset_failures(key),
            End::At(due) => {
                self.reset_failures(key);
                self.add_at(key.clone(), due);
            }
            End::Failed { now, backoff, chance } => {
                self.retry(key.clone(), now, &backoff, chance);
            }
        }
    }

    fn reset_failures(&mut self, key: &K) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.failures = 0;
        }
    }

    /// Lets the first of those that wait for a place in the group have its turn.
    fn pass_on_place(&mut self, group: Option<&Group>) {
        let Some(group) = group else {
            return;
        };
        let Some(members) = self.groups.get_mut(group) else {
            return;
        };
        if let Some((ticket, key)) = members.parked.pop_first() {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.state = State::Ready(ticket);
            }
            self.ready.push_front(Candidate {
                ticket,
                key,
                released_by: Some(group.clone()),
            });
        }
        self.drop_group_if_empty(group);
    }

    fn is_current(&self, candidate: &Candidate<K>) -> bool {
        self.entries
            .get(&candidate.key)
            .is_some_and(|entry| matches!(entry.state, State::Ready(ticket) if ticket == candidate.ticket))
    }

    fn drop_entry_if_empty(&mut self, key: &K) {
        let empty =
            |entry: &Entry| matches!(entry.state, State::Idle) && entry.due.is_none() && entry.failures == 0;
        if self.entries.get(key).is_some_and(empty) {
            self.entries.remove(key);
        }
    }

    fn drop_group_if_empty(&mut self, group: &Group) {
        let empty = |members: &Members<K>| members.running == 0 && members.parked.is_empty();
        if self.groups.get(group).is_some_and(empty) {
            self.groups.remove(group);
        }
    }

    fn new_ticket(&mut self) -> Ticket {
        self.last_ticket += 1;
        self.last_ticket
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.timers.is_empty() && self.groups.is_empty() && self.ready.is_empty()
    }
}

#[cfg(test)]
mod tests;
