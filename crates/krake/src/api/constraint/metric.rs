//! Conditions on a metric.
//!
//! ```text
//! constraint = key operator number
//! operator = "==" | "=" | "is" | "!=" | "is" "not" | ">" | "gt" | "greater" "than"
//!          | ">=" | "=>" | "gte" | "greater" "than" "or" "equal" | "<" | "lt" | ("lesser" | "less") "than"
//!          | "<=" | "=<" | "lte" | ("lesser" | "less") "than" "or" "equal"
//! ```
//! The number is compared with the metric's normalised value times its weight, as the original does.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use common::resource::is_label_key;

use super::scan::Scan;
use super::{ConstraintError, text_form};

const DELIMITERS: &[char] = &[',', '(', ')', '=', '!', '<', '>'];
const KEY: &str = "the name of a metric (up to 63 letters, digits, `-`, `_`, `.`)";
const NUMBER: &str = "a number";
const OPERATOR: &str = "`is`, `is not`, `=`, `!=`, `>`, `>=`, `<`, `<=`, `gt`, `gte`, `lt`, `lte`, `greater than`, `lesser than`, \
     or one of the last two with `or equal`";

/// Spellings, longer ones before their beginnings; several words may be written without blanks between them.
const OPERATORS: &[(&[&str], MetricComparison)] = &[
    (&["=="], MetricComparison::Is),
    (&["=>"], MetricComparison::GreaterOrEqual),
    (&["=<"], MetricComparison::LesserOrEqual),
    (&["="], MetricComparison::Is),
    (&["!="], MetricComparison::IsNot),
    (&["is", "not"], MetricComparison::IsNot),
    (&["is"], MetricComparison::Is),
    (&[">="], MetricComparison::GreaterOrEqual),
    (&[">"], MetricComparison::Greater),
    (&["gte"], MetricComparison::GreaterOrEqual),
    (&["gt"], MetricComparison::Greater),
    (
        &["greater", "than", "or", "equal"],
        MetricComparison::GreaterOrEqual,
    ),
    (&["greater", "than"], MetricComparison::Greater),
    (&["<="], MetricComparison::LesserOrEqual),
    (&["<"], MetricComparison::Lesser),
    (&["lte"], MetricComparison::LesserOrEqual),
    (&["lt"], MetricComparison::Lesser),
    (
        &["lesser", "than", "or", "equal"],
        MetricComparison::LesserOrEqual,
    ),
    (&["lesser", "than"], MetricComparison::Lesser),
    (&["less", "than", "or", "equal"], MetricComparison::LesserOrEqual),
    (&["less", "than"], MetricComparison::Lesser),
];

/// A condition on a weighted metric of a cluster or cloud, `load > 5`.
#[derive(Debug, Clone)]
pub struct MetricConstraint {
    text: String,
    metric: String,
    comparison: MetricComparison,
    number: f64,
}
text_form!(MetricConstraint, "metric-constraint");

/// How the weighted value must compare with the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum MetricComparison {
    Is,
    IsNot,
    Greater,
    GreaterOrEqual,
    Lesser,
    LesserOrEqual,
}

impl MetricConstraint {
    /// The metric that is looked at.
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// How its weighted value must compare with [`Self::number`].
    pub fn comparison(&self) -> MetricComparison {
        self.comparison
    }

    /// The number that the weighted value is compared with; always finite.
    pub fn number(&self) -> f64 {
        self.number
    }

    /// Whether the condition holds for a weighted value.
    #[expect(
        clippy::float_cmp,
        reason = "`is` means exactly equal; a user who wants a margin writes two constraints"
    )]
    pub fn accepts(&self, weighted: f64) -> bool {
        match self.comparison {
            MetricComparison::Is => weighted == self.number,
            MetricComparison::IsNot => weighted != self.number,
            MetricComparison::Greater => weighted > self.number,
            MetricComparison::GreaterOrEqual => weighted >= self.number,
            MetricComparison::Lesser => weighted < self.number,
            MetricComparison::LesserOrEqual => weighted <= self.number,
        }
    }

    /// The one spelling that all constraints of this meaning share, `load greater than 5`.
    pub fn canonical(&self) -> impl fmt::Display + '_ {
        Canonical(self)
    }

    /// Equality over bits, with the two zeros alike.
    fn number_bits(&self) -> u64 {
        (self.number + 0.0).to_bits()
    }
}

impl fmt::Display for MetricComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Is => "is",
            Self::IsNot => "is not",
            Self::Greater => "greater than",
            Self::GreaterOrEqual => "greater than or equal",
            Self::Lesser => "lesser than",
            Self::LesserOrEqual => "lesser than or equal",
        })
    }
}

struct Canonical<'a>(&'a MetricConstraint);

impl fmt::Display for Canonical<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MetricConstraint {
            text: _,
            metric,
            comparison,
            number,
        } = self.0;
        write!(f, "{metric} {comparison} {number}")
    }
}

impl PartialEq for MetricConstraint {
    fn eq(&self, other: &Self) -> bool {
        self.metric == other.metric
            && self.comparison == other.comparison
            && self.number_bits() == other.number_bits()
    }
}
impl Eq for MetricConstraint {}
impl Hash for MetricConstraint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.metric.hash(state);
        self.comparison.hash(state);
        self.number_bits().hash(state);
    }
}

impl FromStr for MetricConstraint {
    type Err = ConstraintError;

    fn from_str(text: &str) -> Result<Self, ConstraintError> {
        let mut scan = Scan::new("metric", text, DELIMITERS);
        let metric = scan.word(is_label_key, KEY)?.to_owned();
        let comparison = comparison(&mut scan)?;
        let number = number(&mut scan)?;
        scan.end()?;
        Ok(Self {
            text: text.to_owned(),
            metric,
            comparison,
            number,
        })
    }
}

fn comparison(scan: &mut Scan<'_>) -> Result<MetricComparison, ConstraintError> {
    for (words, comparison) in OPERATORS {
        let mut attempt = *scan;
        if words.iter().all(|word| attempt.eat(word)) {
            *scan = attempt;
            return Ok(*comparison);
        }
    }
    Err(scan.expected(OPERATOR))
}

fn number(scan: &mut Scan<'_>) -> Result<f64, ConstraintError> {
    let here = *scan;
    let word = scan.word(is_number, NUMBER)?;
    word.parse().map_err(|_| here.expected(NUMBER))
}

/// Rust reads `inf` and `nan` as numbers too; a constraint may not.
fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && word.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
#[path = "metric_tests.rs"]
mod tests;
