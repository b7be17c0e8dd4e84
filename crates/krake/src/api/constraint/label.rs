//! Conditions on a label.
//!
//! ```text
//! constraint = key op
//! op   = ("==" | "=" | "is") value
//!      | ("!=" | "is" "not") value
//!      | "in" "(" value {"," value} {","} ")"
//!      | "not" "in" "(" value {"," value} {","} ")"
//! ```
//! A keyword need not be followed by a blank (`isDE` is `is DE`), but `is notDE` compares with `notDE`.
//! Every keyword may also serve as a key or a value.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use common::resource::{is_label_key, is_label_value};

use super::scan::Scan;
use super::{ConstraintError, text_form};

const DELIMITERS: &[char] = &[',', '(', ')', '=', '!'];
const KEY: &str = "a label key (up to 63 letters, digits, `-`, `_`, `.`, optionally after `prefix/`)";
const VALUE: &str = "a label value (up to 63 letters, digits, `-`, `_`, `.`)";
const OPERATOR: &str = "`is`, `is not`, `in`, `not in`, `=`, `==` or `!=`";

/// A condition on a label of a cluster or cloud, `location is DE`.
#[derive(Debug, Clone)]
pub struct LabelConstraint {
    text: String,
    key: String,
    condition: LabelCondition,
}
text_form!(LabelConstraint, "label-constraint");

/// What the value of the label must be. A label that is missing fulfils none of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LabelCondition {
    /// Equal.
    Is(String),
    /// Present and different.
    IsNot(String),
    /// One of.
    In(Vec<String>),
    /// Present and none of.
    NotIn(Vec<String>),
}

impl LabelConstraint {
    /// The label that is looked at.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What its value must be.
    pub fn condition(&self) -> &LabelCondition {
        &self.condition
    }

    /// Whether the condition holds for these labels.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        labels
            .get(&self.key)
            .is_some_and(|value| self.condition.accepts(value))
    }

    /// The one spelling that all constraints of this meaning share: `k is v`, `k not in (a, b)`.
    pub fn canonical(&self) -> impl fmt::Display + '_ {
        Canonical(self)
    }
}

impl LabelCondition {
    fn accepts(&self, value: &str) -> bool {
        match self {
            Self::Is(wanted) => wanted == value,
            Self::IsNot(unwanted) => unwanted != value,
            Self::In(wanted) => wanted.iter().any(|wanted| wanted == value),
            Self::NotIn(unwanted) => unwanted.iter().all(|unwanted| unwanted != value),
        }
    }
}

struct Canonical<'a>(&'a LabelConstraint);

impl fmt::Display for Canonical<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.0.key;
        match &self.0.condition {
            LabelCondition::Is(value) => write!(f, "{key} is {value}"),
            LabelCondition::IsNot(value) => write!(f, "{key} is not {value}"),
            LabelCondition::In(values) => write!(f, "{key} in ({})", values.join(", ")),
            LabelCondition::NotIn(values) => write!(f, "{key} not in ({})", values.join(", ")),
        }
    }
}

impl PartialEq for LabelConstraint {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.condition == other.condition
    }
}
impl Eq for LabelConstraint {}
impl Hash for LabelConstraint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
        self.condition.hash(state);
    }
}

impl FromStr for LabelConstraint {
    type Err = ConstraintError;

    fn from_str(text: &str) -> Result<Self, ConstraintError> {
        let mut scan = Scan::new("label", text, DELIMITERS);
        let key = scan.word(is_label_key, KEY)?.to_owned();
        let condition = condition(&mut scan)?;
        scan.end()?;
        Ok(Self {
            text: text.to_owned(),
            key,
            condition,
        })
    }
}

fn condition(scan: &mut Scan<'_>) -> Result<LabelCondition, ConstraintError> {
    let start = *scan;
    if scan.eat("==") || scan.eat("=") {
        Ok(LabelCondition::Is(value(scan)?))
    } else if scan.eat("!=") {
        Ok(LabelCondition::IsNot(value(scan)?))
    } else if scan.eat("is") {
        is_or_is_not(scan)
    } else if scan.eat("in") {
        Ok(LabelCondition::In(values(scan)?))
    } else if scan.eat("not") && scan.eat("in") {
        Ok(LabelCondition::NotIn(values(scan)?))
    } else {
        Err(start.expected(OPERATOR))
    }
}

/// `is not` alone compares with the value `not`; with another word after it, `not` is the negation.
fn is_or_is_not(scan: &mut Scan<'_>) -> Result<LabelCondition, ConstraintError> {
    let mut negated = *scan;
    if negated.eat_word("not") && !negated.peek().is_empty() {
        *scan = negated;
        return Ok(LabelCondition::IsNot(value(scan)?));
    }
    Ok(LabelCondition::Is(value(scan)?))
}

fn value(scan: &mut Scan<'_>) -> Result<String, ConstraintError> {
    scan.word(is_label_value, VALUE).map(str::to_owned)
}

fn values(scan: &mut Scan<'_>) -> Result<Vec<String>, ConstraintError> {
    if !scan.eat("(") {
        return Err(scan.expected("`(`"));
    }
    let mut values = vec![value(scan)?];
    while scan.eat(",") {
        if scan.peek().is_empty() {
            while scan.eat(",") {}
            break;
        }
        values.push(value(scan)?);
    }
    if scan.eat(")") {
        Ok(values)
    } else {
        Err(scan.expected("`,` or `)`"))
    }
}

#[cfg(test)]
#[path = "label_tests.rs"]
mod tests;
