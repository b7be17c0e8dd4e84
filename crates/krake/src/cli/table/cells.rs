//! Values as cells of a table.

use std::fmt::Display;

use serde::Serialize;

use crate::api::{MetricRef, Reason, ResourceRef, Timestamp};

/// What stands in a cell without content.
pub(crate) const NONE: &str = "None";

/// A text, or `None`.
pub(crate) fn or_none(text: Option<impl Display>) -> String {
    text.map_or_else(|| NONE.to_owned(), |text| text.to_string())
}

/// One line for each entry, or `None`.
pub(crate) fn lines(entries: impl IntoIterator<Item = String>) -> String {
    let lines: Vec<String> = entries.into_iter().collect();
    if lines.is_empty() {
        NONE.to_owned()
    } else {
        lines.join("\n")
    }
}

/// Date and time in UTC without fractions.
pub(crate) fn date(time: Option<Timestamp>) -> String {
    let Some(time) = time else { return NONE.to_owned() };
    let text = time.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

/// An enumeration's name on the wire.
pub(crate) fn wire_name(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(other) => other.to_string(),
        Err(_) => NONE.to_owned(),
    }
}

/// Code and sentence.
pub(super) fn reason(reason: Option<&Reason>) -> String {
    or_none(reason.map(|reason| format!("code: {}\nmessage: {}", wire_name(reason.code), reason.message)))
}

/// Namespace and name of an object.
pub(super) fn reference(reference: Option<&ResourceRef>) -> String {
    or_none(reference.map(|reference| match &reference.namespace {
        Some(namespace) => format!("{namespace}/{}", reference.name),
        None => reference.name.clone(),
    }))
}

/// Weighted metrics.
pub(super) fn metrics(metrics: &[MetricRef]) -> String {
    lines(metrics.iter().map(metric))
}

/// A weighted metric.
pub(crate) fn metric(metric: &MetricRef) -> String {
    let scope = if metric.namespaced { "" } else { " (global)" };
    format!("{}: {}{scope}", metric.name, metric.weight)
}
