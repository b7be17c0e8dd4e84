//! What a pass over a graph did.

use super::component::Disruption;

/// A pass over all components, in their order.
#[derive(Debug)]
pub struct Pass<C, E> {
    /// Of each component.
    pub reports: Vec<Report<C, E>>,
}

/// What a pass did with a component.
#[derive(Debug)]
pub struct Report<C, E> {
    /// Name.
    pub name: String,
    /// Changes that were made.
    pub applied: Vec<C>,
    /// Changes that may not be made.
    pub withheld: Vec<Withheld<C>>,
    /// How it stands.
    pub state: State<E>,
}

/// A change that may not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld<C> {
    /// What.
    pub change: C,
    /// What it would disturb.
    pub disruption: Disruption,
    /// Why not, and what would permit it.
    pub reason: String,
}

/// How a component stands after a pass.
#[derive(Debug)]
pub enum State<E> {
    /// As wanted.
    Ready,
    /// It will come; the text says what is missing.
    Waiting(String),
    /// It will not come by waiting.
    Stuck(String),
    /// It could not be looked at, or changes failed.
    Failed(Vec<E>),
    /// What it needs is not ready; nothing was done.
    Blocked {
        /// The first of them.
        by: String,
    },
    /// Something else could not be looked at; nothing was written anywhere.
    Untouched,
}

impl<C, E> Pass<C, E> {
    /// Whether everything is as wanted.
    pub fn is_ready(&self) -> bool {
        self.reports
            .iter()
            .all(|report| matches!(report.state, State::Ready) && report.withheld.is_empty())
    }

    /// How many changes were made.
    pub fn writes(&self) -> usize {
        self.reports.iter().map(|report| report.applied.len()).sum()
    }

    /// The first component, in order, that is not as wanted.
    pub fn first_open(&self) -> Option<&Report<C, E>> {
        self.reports
            .iter()
            .find(|report| !matches!(report.state, State::Ready) || !report.withheld.is_empty())
    }

    /// All errors.
    pub fn errors(&self) -> impl Iterator<Item = &E> {
        self.reports
            .iter()
            .filter_map(|report| match &report.state {
                State::Failed(errors) => Some(errors),
                State::Ready
                | State::Waiting(_)
                | State::Stuck(_)
                | State::Blocked { .. }
                | State::Untouched => None,
            })
            .flatten()
    }
}
