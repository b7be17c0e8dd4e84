//! One value, where it stands in the configuration and where it came from.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "from")]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A file; lines and columns count from one.
    File {
        /// Its name, as it was given.
        file: String,
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// An option of the command line.
    Flag {
        /// Its name, with dashes.
        flag: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { file, line, column } => write!(formatter, "{file}:{line}:{column}"),
            Self::Environment { variable } => write!(formatter, "environment variable {variable}"),
            Self::Flag { flag } => write!(formatter, "option {flag}"),
        }
    }
}

/// A value of the configuration that is in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// Its key: names joined by dots.
    pub key: String,
    /// The value; that of a secret is replaced by a remark.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

/// How keys are compared: dashes are as good as underscores.
pub(super) fn canonical(name: &str) -> String {
    name.replace('-', "_")
}

/// Position of a key in the tree.
pub(super) type Path = Vec<String>;

pub(super) fn join(path: &[String], name: &str) -> Path {
    path.iter().cloned().chain([name.to_owned()]).collect()
}
