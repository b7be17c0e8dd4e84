//! The constraint languages: label constraints and metric constraints.

use std::fmt;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! text_type {
    ($type:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
        #[schemars(with = "String")]
        pub struct $type {
            text: String,
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text)
            }
        }
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.text)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(D::Error::custom)
            }
        }
        impl std::str::FromStr for $type {
            type Err = ConstraintError;
            fn from_str(text: &str) -> Result<Self, ConstraintError> {
                Ok(Self {
                    text: text.to_owned(),
                })
            }
        }
    };
}
text_type!(LabelConstraint, "A condition on a label, `location is DE`.");
text_type!(MetricConstraint, "A condition on a weighted metric, `load > 5`.");

/// A constraint that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at column {column}")]
pub struct ConstraintError {
    /// What was expected.
    pub message: String,
    /// Column, from 1.
    pub column: usize,
}
