//! What a figure hands over.

use serde::Serialize;

/// One measured value.
#[derive(Debug, Clone, Serialize)]
pub struct Measurement {
    /// Name of the metric, as in the table of targets.
    pub name: String,
    /// Value in `unit`.
    pub value: f64,
    /// Unit.
    pub unit: &'static str,
}

impl Measurement {
    pub(super) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
        }
    }
}
