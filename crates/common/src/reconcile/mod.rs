//! Keyed work queue and the runner that works it off: what every controller has in common.
//!
//! A controller adds the key of whatever may need attention and supplies one function that brings the
//! world of that key in order. The queue guarantees:
//!
//! - at most one run per key at a time, and as many keys at a time as [`RunnerOptions`] allow;
//! - an addition is never lost: one that arrives during a run leads to exactly one more run after it;
//! - additions coalesce: a key waits once, however often it was added;
//! - of several times to run at, the earliest wins, and an addition without delay beats them all;
//! - retries back off exponentially per key and start afresh after a success;
//! - keys of one group (a remote system that hangs, say) never hold more than their share of the workers.
//!
//! It deliberately knows nothing of what a key stands for, does not persist anything (controllers list
//! and add everything when they start) and does not tell a run why it was started.

mod action;
mod backoff;
mod metrics;
mod queue;
mod runner;
mod schedule;

pub use action::Action;
pub use backoff::Backoff;
pub use metrics::{QueueMetrics, ReconcileMetrics};
pub use queue::{Queue, QueueOptions};
pub use runner::{Grouping, Runner, RunnerOptions, Stopped};
