//! Label selectors in the syntax of Kubernetes: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.

use std::collections::BTreeMap;
use std::str::FromStr;

use common::resource::{is_label_key, is_label_value};
use serde::Deserialize;

use super::call::Call;
use super::refusal::Refusal;

/// Conditions on labels; all must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    /// Also holds for objects without the label, as in Kubernetes.
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl Selector {
    /// The selector of a request, if it has one.
    pub(super) fn asked(call: &Call) -> Result<Option<Self>, Refusal> {
        let text = call
            .query
            .get("labelSelector")
            .filter(|text| !text.trim().is_empty());
        text.map(str::parse)
            .transpose()
            .map_err(|message| Refusal::Query {
                name: "labelSelector",
                message,
            })
    }

    /// Whether a stored object is selected.
    pub(super) fn matches_document(&self, document: &[u8]) -> bool {
        #[derive(Deserialize)]
        struct Document {
            metadata: Labelled,
        }
        #[derive(Deserialize)]
        struct Labelled {
            #[serde(default)]
            labels: BTreeMap<String, String>,
        }
        serde_json::from_slice::<Document>(document)
            .is_ok_and(|document| self.matches(&document.metadata.labels))
    }

    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Requirement::NotIn(key, values) => labels.get(key).is_none_or(|value| !values.contains(value)),
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::Absent(key) => !labels.contains_key(key),
        })
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parts(text).map(requirement).collect::<Result<_, _>>().map(Self)
    }
}

/// Splits at commas that are not within parentheses.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    })
    .map(str::trim)
}

fn requirement(part: &str) -> Result<Requirement, String> {
    if let Some((key, value)) = part.split_once("!=") {
        return Ok(Requirement::NotIn(label_key(key)?, vec![label_value(value)?]));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Ok(Requirement::In(label_key(key)?, vec![label_value(value)?]));
    }
    if let Some(inner) = part.strip_suffix(')') {
        let (head, values) = inner
            .split_once('(')
            .ok_or_else(|| format!("'{part}' lacks a parenthesis"))?;
        let values = values
            .split(',')
            .map(label_value)
            .collect::<Result<Vec<_>, _>>()?;
        return match head.split_whitespace().collect::<Vec<_>>().as_slice() {
            [key, "in"] => Ok(Requirement::In(label_key(key)?, values)),
            [key, "notin"] => Ok(Requirement::NotIn(label_key(key)?, values)),
            _ => Err(format!("'{part}' is neither 'key in (…)' nor 'key notin (…)'")),
        };
    }
    match part.strip_prefix('!') {
        Some(key) => Ok(Requirement::Absent(label_key(key)?)),
        None => Ok(Requirement::Exists(label_key(part)?)),
    }
}

fn label_key(text: &str) -> Result<String, String> {
    let key = text.trim();
    if is_label_key(key) {
        Ok(key.to_owned())
    } else {
        Err(format!("'{key}' is not a label key"))
    }
}

fn label_value(text: &str) -> Result<String, String> {
    let value = text.trim();
    let is_valid = value.is_empty() || is_label_value(value);
    if is_valid {
        Ok(value.to_owned())
    } else {
        Err(format!("'{value}' is not a label value"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(selector: &str, labels: &[(&str, &str)]) -> bool {
        let labels = labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        selector.parse::<Selector>().unwrap().matches(&labels)
    }

    #[test]
    fn selectors_mean_what_they_mean_in_kubernetes() {
        let labels = [("soil", "peat"), ("krake.cloud/zone", "1")];
        for selector in [
            "soil=peat",
            "soil == peat",
            "soil!=clay",
            "other!=x",
            "soil in (clay, peat)",
            "soil notin (clay)",
            "other notin (x)",
            "soil",
            "!other",
            "soil=peat,krake.cloud/zone in (1,2),!x",
        ] {
            assert!(selects(selector, &labels), "{selector}");
        }
        for selector in [
            "soil=clay",
            "soil!=peat",
            "soil notin (peat)",
            "other",
            "!soil",
            "soil=peat,x",
        ] {
            assert!(!selects(selector, &labels), "{selector}");
        }
    }

    #[test]
    fn malformed_selectors_are_refused() {
        for selector in [
            "a b",
            "a in b",
            "a in (b",
            "=x",
            "a=b=c",
            ",",
            "a isin (b)",
            "!",
            "a in (b c)",
        ] {
            assert!(selector.parse::<Selector>().is_err(), "{selector}");
        }
    }
}
