//! Everything that is stored, in memory and in order, with the recent history and who waits for changes.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::history::History;
use super::{Change, ChangeKind, Entry, Listing, Revision, WatchError};

/// Value and revisions of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) value: Bytes,
    pub(super) created: Revision,
    pub(super) modified: Revision,
}

/// Watches of one prefix share a channel, so that a commit wakes only those whom it concerns.
struct Channel {
    signal: watch::Sender<()>,
    watches: usize,
    /// Position after the last change of this prefix that the history forgot.
    lost: u64,
}

/// The in-memory half of a store.
pub(super) struct Index {
    entries: BTreeMap<Arc<str>, Stored>,
    history: History,
    channels: HashMap<Arc<str>, Channel>,
    revision: Revision,
}

/// Where a watch stands.
pub(super) struct Subscription {
    pub(super) prefix: Arc<str>,
    pub(super) position: u64,
    pub(super) signal: watch::Receiver<()>,
}

impl Index {
    pub(super) fn new(entries: BTreeMap<Arc<str>, Stored>, revision: Revision, history: History) -> Self {
        Self {
            entries,
            history,
            channels: HashMap::new(),
            revision,
        }
    }

    pub(super) fn revision(&self) -> Revision {
        self.revision
    }

    pub(super) fn stored(&self, key: &str) -> Option<&Stored> {
        self.entries.get(key)
    }

    pub(super) fn get(&self, key: &str) -> Option<Entry> {
        self.entries
            .get_key_value(key)
            .map(|(key, stored)| entry(key, stored))
    }

    pub(super) fn list(&self, prefix: &str, after: Option<&str>, limit: Option<usize>) -> Listing {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let mut matching = self
            .entries
            .range::<str, _>((start, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix));
        let entries = matching
            .by_ref()
            .take(limit.unwrap_or(usize::MAX))
            .map(|(key, stored)| entry(key, stored))
            .collect();
        Listing {
            entries,
            revision: self.revision,
            remaining: matching.count(),
        }
    }

    /// Takes over changes that are durable by now, and wakes their watches.
    pub(super) fn apply(&mut self, changes: Vec<Change>, revision: Revision) {
        let mut woken: Vec<Arc<str>> = Vec::new();
        for change in changes {
            self.store(&change);
            for (prefix, _) in self
                .channels
                .iter()
                .filter(|(prefix, _)| change.key.starts_with(&***prefix))
            {
                if !woken.contains(prefix) {
                    woken.push(prefix.clone());
                }
            }
            self.history.push(Arc::new(change));
        }
        self.revision = revision;
        while let Some((position, change)) = self.history.trim() {
            self.note_lost(position, &change);
        }
        for channel in woken.iter().filter_map(|prefix| self.channels.get(prefix)) {
            channel.signal.send_replace(());
        }
    }

    fn store(&mut self, change: &Change) {
        match change.kind {
            ChangeKind::Deleted => {
                self.entries.remove(&change.key);
            }
            ChangeKind::Created | ChangeKind::Modified => {
                let before = self
                    .entries
                    .get(&change.key)
                    .filter(|_| change.kind == ChangeKind::Modified);
                let stored = Stored {
                    value: change.value.clone(),
                    created: before.map_or(change.revision, |before| before.created),
                    modified: change.revision,
                };
                self.entries.insert(change.key.clone(), stored);
            }
        }
    }

    pub(super) fn compact(&mut self, revision: Revision) {
        let revision = revision.min(self.revision);
        while let Some((position, change)) = self.history.trim_to(revision) {
            self.note_lost(position, &change);
        }
    }

    fn note_lost(&mut self, position: u64, change: &Change) {
        for (prefix, channel) in &mut self.channels {
            if change.key.starts_with(&**prefix) {
                channel.lost = position + 1;
            }
        }
    }

    pub(super) fn subscribe(
        &mut self,
        prefix: &str,
        from: Option<Revision>,
    ) -> Result<Subscription, WatchError> {
        let position = match from {
            None => self.history.end(),
            Some(asked) => {
                self.check_resumable(asked)?;
                self.history.position_after(asked)
            }
        };
        let prefix: Arc<str> = prefix.into();
        let channel = self.channels.entry(prefix.clone()).or_insert_with(|| Channel {
            signal: watch::Sender::new(()),
            watches: 0,
            lost: 0,
        });
        channel.watches += 1;
        let signal = channel.signal.subscribe();
        Ok(Subscription {
            prefix,
            position,
            signal,
        })
    }

    fn check_resumable(&self, asked: Revision) -> Result<(), WatchError> {
        let (oldest, current) = (self.history.compacted(), self.revision);
        if asked < oldest {
            Err(WatchError::Compacted { asked, oldest })
        } else if asked > current {
            Err(WatchError::Future { asked, current })
        } else {
            Ok(())
        }
    }

    pub(super) fn unsubscribe(&mut self, prefix: &str) {
        if let Some(channel) = self.channels.get_mut(prefix) {
            channel.watches -= 1;
            if channel.watches == 0 {
                self.channels.remove(prefix);
            }
        }
    }

    pub(super) fn watches(&self) -> usize {
        self.channels.values().map(|channel| channel.watches).sum()
    }

    /// Up to `limit` changes of a prefix from a position on, and the position after what was looked at.
    pub(super) fn changes(
        &self,
        prefix: &str,
        position: u64,
        limit: usize,
    ) -> Result<(Vec<Arc<Change>>, u64), WatchError> {
        if self
            .channels
            .get(prefix)
            .is_some_and(|channel| channel.lost > position)
        {
            return Err(WatchError::Behind);
        }
        let mut next = self.history.end();
        let mut found = Vec::new();
        for (at, change) in self.history.since(position) {
            if change.key.starts_with(prefix) {
                if found.len() == limit {
                    next = at;
                    break;
                }
                found.push(change.clone());
            }
        }
        Ok((found, next))
    }
}

fn entry(key: &Arc<str>, stored: &Stored) -> Entry {
    Entry {
        key: key.clone(),
        value: stored.value.clone(),
        created: stored.created,
        modified: stored.modified,
    }
}
