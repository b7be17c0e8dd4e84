//! What is to happen to a key after a run.

use std::time::Duration;

/// How a run ended, as the reconciling function reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// In order; the key's failures are forgotten. It runs again when added, or at the next resync.
    Done,
    /// Failed for a passing reason: run again after the key's backoff.
    Retry,
    /// In order for now, but look again after this long; the key's failures are forgotten.
    After(Duration),
    /// What the key stood for is gone: no resync either. An addition during the run still counts.
    Gone,
}
