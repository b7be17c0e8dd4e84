//! The constraint languages: label constraints (`location in (DE, SK)`) and metric constraints (`load > 5`).
//!
//! A constraint keeps the text that the user wrote, for that is what is stored and sent back; two constraints
//! are equal when they mean the same. The grammars are the original's, each accepted text means what it means
//! there; metric constraints additionally allow symbols glued to the key, signed and fractional numbers and
//! `less than`, and refuse values that are no numbers (the original stores them and fails when it compares).

mod label;
mod metric;
mod scan;

pub use label::{LabelCondition, LabelConstraint};
pub use metric::{MetricComparison, MetricConstraint};

/// A constraint that cannot be read: what stands where, and what should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid {language} constraint: expected {expected} at column {column}, found {found}")]
pub struct ConstraintError {
    /// `label` or `metric`.
    pub language: &'static str,
    /// What could stand there.
    pub expected: &'static str,
    /// What stands there.
    pub found: String,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A language whose values are read from text and written back as they were.
macro_rules! text_form {
    ($type:ident, $format:literal) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.text)
            }
        }
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.text)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": $format })
            }
        }
    };
}
use text_form;
