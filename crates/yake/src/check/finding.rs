//! What a check finds.

use serde::Serialize;

use super::path::Path;
use super::rule::Rule;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It will be refused, or something will be lost in silence.
    Error,
    /// It is odd, or cannot be judged.
    Warning,
}

/// Something that is wrong, and where. Values of Secrets are never part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// File, by its path below the root.
    pub file: String,
    /// Line of the field, counted from 1; of the object where the field does not stand in the file; none where
    /// there is no line.
    pub line: Option<usize>,
    /// Where in the object.
    pub path: Path,
    /// The rule that it breaks.
    pub rule: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// The object, `Garden/local` or `Secret/garden/dns`; none where it is about a file.
    pub object: Option<String>,
    /// The unit that the object belongs to.
    pub unit: Option<String>,
    /// What is wrong, for people.
    pub message: String,
    /// The way out, where one is known.
    pub hint: Option<String>,
}

impl Finding {
    /// About a file.
    pub fn of_file(rule: Rule, file: &str, line: Option<usize>, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            path: Path::root(),
            rule,
            severity: rule.severity(),
            object: None,
            unit: None,
            message: message.into(),
            hint: None,
        }
    }

    /// With a way out.
    #[must_use]
    pub fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
