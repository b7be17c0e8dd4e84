//! The last changes, bounded by number and bytes, so that watches can resume.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Change, Revision};

/// Fixed cost of one remembered change, roughly.
const OVERHEAD: usize = 128;

/// Remembered changes. Each has a position; positions count from 0 and never repeat.
pub(super) struct History {
    changes: VecDeque<Arc<Change>>,
    first: u64,
    bytes: usize,
    max_changes: usize,
    max_bytes: usize,
    compacted: Revision,
}

impl History {
    /// Empty; everything up to `compacted` counts as forgotten.
    pub(super) fn new(compacted: Revision, max_changes: usize, max_bytes: usize) -> Self {
        Self {
            changes: VecDeque::new(),
            first: 0,
            bytes: 0,
            max_changes,
            max_bytes,
            compacted,
        }
    }

    /// Revision up to which changes may be missing.
    pub(super) fn compacted(&self) -> Revision {
        self.compacted
    }

    /// Position after the last change.
    pub(super) fn end(&self) -> u64 {
        self.first + self.changes.len() as u64
    }

    /// Position of the first change after a revision.
    pub(super) fn position_after(&self, revision: Revision) -> u64 {
        let index = self.changes.partition_point(|change| change.revision <= revision);
        self.first + index as u64
    }

    /// Remembers a change.
    pub(super) fn push(&mut self, change: Arc<Change>) {
        self.bytes += size(&change);
        self.changes.push_back(change);
    }

    /// Forgets the oldest change if there are too many; returns it with its position.
    pub(super) fn trim(&mut self) -> Option<(u64, Arc<Change>)> {
        let too_much = self.changes.len() > self.max_changes || self.bytes > self.max_bytes;
        if too_much { self.pop() } else { None }
    }

    /// Forgets the oldest change if it is not younger than a revision; returns it with its position.
    pub(super) fn trim_to(&mut self, revision: Revision) -> Option<(u64, Arc<Change>)> {
        self.compacted = self.compacted.max(revision);
        let is_old = self
            .changes
            .front()
            .is_some_and(|change| change.revision <= revision);
        if is_old { self.pop() } else { None }
    }

    fn pop(&mut self) -> Option<(u64, Arc<Change>)> {
        let change = self.changes.pop_front()?;
        let position = self.first;
        self.first += 1;
        self.bytes = self.bytes.saturating_sub(size(&change));
        self.compacted = self.compacted.max(change.revision);
        Some((position, change))
    }

    /// Changes from a position on, each with its position.
    pub(super) fn since(&self, position: u64) -> impl Iterator<Item = (u64, &Arc<Change>)> {
        let start = position.max(self.first);
        let skip = usize::try_from(start - self.first)
            .unwrap_or(usize::MAX)
            .min(self.changes.len());
        (start..).zip(self.changes.range(skip..))
    }
}

/// What a change costs: a value replaced by it is kept alive by it alone.
fn size(change: &Change) -> usize {
    OVERHEAD + change.key.len() + change.value.len()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::store::ChangeKind;

    fn change(revision: Revision) -> Arc<Change> {
        Arc::new(Change {
            key: "k".into(),
            value: Bytes::from_static(b"v"),
            previous: None,
            kind: ChangeKind::Created,
            revision,
        })
    }

    #[test]
    fn the_oldest_changes_are_forgotten_and_positions_stay() {
        let mut history = History::new(10, 3, usize::MAX);
        for revision in 11..=15 {
            history.push(change(revision));
        }
        assert_eq!(history.trim().unwrap().0, 0);
        assert_eq!(history.trim().unwrap().0, 1);
        assert!(history.trim().is_none());
        assert_eq!(history.compacted(), 12);
        assert_eq!(history.position_after(13), 3);
        let seen: Vec<_> = history
            .since(0)
            .map(|(position, change)| (position, change.revision))
            .collect();
        assert_eq!(seen, [(2, 13), (3, 14), (4, 15)]);
        assert_eq!(history.since(5).count(), 0);
        assert_eq!(history.since(99).count(), 0);
    }
}
