//! Decides where applications run. Pure: values in, values out; no clock, no requests.
//!
//! Flow: [`Inputs`] (clusters, clouds, metrics and what providers said) become a [`Snapshot`], in which every
//! cluster is a [`Candidate`] with its effective labels and its weighted, normalised metrics, computed once
//! for all decisions. [`decide`] then filters and ranks the candidates of the application's namespace and
//! returns a [`Decision`]; [`explain`] does the same and keeps the reasons.
//!
//! Guarantees: only clusters of the application's namespace are candidates; a cluster that fails a constraint
//! is never chosen; equal inputs give equal decisions; equal clusters get equal shares, because among equal
//! scores the cluster with the fewest applications wins, then the first by name.

mod advice;
mod assignments;
mod backoff;
mod candidate;
mod decision;
mod explanation;
mod filter;
mod inputs;
mod metric;
mod metrics_status;
mod ranking;
mod snapshot;
#[cfg(test)]
mod tests;

pub use assignments::{Assignments, Counts};
pub use backoff::{Backoff, Waiting, restarts_by_update};
pub use candidate::{Candidate, WeightedMetric};
pub use decision::{Decision, decide};
pub use explanation::{ClusterExplanation, Explanation, MetricExplanation, Outcome, explain};
pub use filter::{Requirement, Verdict, summary};
pub use inputs::{Inputs, ProviderKey, Reading, Readings, Wanted};
pub use metrics_status::metrics_status;
pub use snapshot::{Candidates, Snapshot};

use std::time::Duration;

/// How eager the scheduler is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Least time that an application stays where it was put, as long as that place fits.
    pub reschedule_after: Duration,
    /// Weight of staying: the current cluster counts as if it had one more metric of value 1 with this weight.
    pub stickiness: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reschedule_after: Duration::from_mins(1),
            stickiness: 0.1,
        }
    }
}
