//! Graphs that cannot be.

/// Why components make no graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two of one name.
    #[error("there are two components of the name {0:?}")]
    Doubled(String),
    /// Somebody needs what is not there.
    #[error("{name:?} needs {missing:?}, which does not exist")]
    Missing {
        /// Who.
        name: String,
        /// What.
        missing: String,
    },
    /// Components that need each other, in order; the first is repeated at the end.
    #[error("these need each other: {}", .0.join(" → "))]
    Cycle(Vec<String>),
}
