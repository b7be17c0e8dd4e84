//! The measured values beside the targets, as a table and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::machine::Machine;
use super::targets::{Better, Known, TARGETS, Target};

/// All that a run has to say. Every tool's benchmark has this form.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    bench: &'static str,
    machine: Machine,
    metrics: Vec<Metric>,
    #[serde(skip)]
    peer: BTreeMap<&'static str, f64>,
}

#[derive(Debug, Serialize)]
struct Metric {
    name: &'static str,
    value: f64,
    unit: &'static str,
    target: Option<f64>,
    better: Better,
    reference: Option<f64>,
    reference_source: Option<String>,
    #[serde(skip)]
    row: Target,
}

impl Report {
    pub(super) fn new(bench: &'static str, machine: Machine, values: &BTreeMap<String, f64>) -> Self {
        let mut values = values.clone();
        let mut peer = BTreeMap::new();
        for (ours, theirs, ratio) in [
            ("creates_10", "peer_creates_10", "creates_ratio_10"),
            ("creates_50", "peer_creates_50", "creates_ratio_50"),
        ] {
            if let (Some(our), Some(their)) = (values.get(ours).copied(), values.get(theirs).copied()) {
                values.insert(ratio.to_owned(), our / their);
                peer.insert(ours, their);
            }
        }
        let metrics = TARGETS
            .iter()
            .filter_map(|row| Metric::new(row, *values.get(row.name)?))
            .collect();
        Self {
            bench,
            machine,
            metrics,
            peer,
        }
    }

    /// An aligned table that is Markdown as well.
    pub(super) fn table(&self) -> String {
        let mut rows = vec![
            [
                "figure",
                "value",
                "target",
                "met",
                "original",
                "Karmada",
                "kube-apiserver",
            ]
            .map(str::to_owned),
        ];
        rows.extend(self.metrics.iter().map(|metric| self.row(metric)));
        format!("{}\n\n{}", self.machine, markdown(&rows))
    }

    fn row(&self, metric: &Metric) -> [String; 7] {
        let known = |known: Known| known.map_or_else(String::new, |(_, text)| text.to_owned());
        let sign = match metric.better {
            Better::Higher => "≥",
            Better::Lower => "≤",
        };
        let target = metric.target.map(|target| format!("{sign} {}", number(target)));
        let met = metric
            .row
            .is_met_by(metric.value)
            .map(|met| if met { "yes" } else { "**no**" });
        [
            metric.row.title.to_owned(),
            format!("{} {}", number(metric.value), metric.unit),
            target.unwrap_or_default(),
            met.unwrap_or_default().to_owned(),
            known(metric.row.original),
            known(metric.row.karmada),
            self.peer
                .get(metric.name)
                .map_or_else(String::new, |value| number(*value)),
        ]
    }
}

impl Metric {
    /// The reference is Karmada's figure where there is one, else the original's.
    fn new(row: &Target, value: f64) -> Option<Self> {
        let reference = row
            .karmada
            .map(|known| (known, "Karmada 1.18 on a machine of this size, fsync on"))
            .or_else(|| {
                row.original
                    .map(|known| (known, "Krake 1.0.1 on a machine of this size"))
            });
        value.is_finite().then(|| Self {
            name: row.name,
            value,
            unit: row.unit,
            target: row.goal,
            better: row.better,
            reference: reference.map(|((value, _), _)| value),
            reference_source: reference.map(|((_, text), source)| format!("{source}: {text}")),
            row: *row,
        })
    }
}

/// Three digits that matter; whole numbers from a hundred on.
fn number(value: f64) -> String {
    let text = match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

fn markdown<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: Vec<usize> = (0..N)
        .map(|column| {
            rows.iter()
                .filter_map(|row| Some(row.get(column)?.chars().count()))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "| {cell:<width$} ");
        }
        text.push_str("|\n");
        if index == 0 {
            for width in &widths {
                let _ = write!(text, "|-{:-<width$}-", "");
            }
            text.push_str("|\n");
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(values: &[(&str, f64)]) -> Report {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect();
        Report::new("krake", super::super::machine::describe(), &values)
    }

    #[test]
    fn the_ratio_comes_from_both_values_of_the_run() {
        let report = report(&[("creates_10", 4000.0), ("peer_creates_10", 800.0)]);
        let ratio = report
            .metrics
            .iter()
            .find(|metric| metric.name == "creates_ratio_10")
            .unwrap();
        assert!((ratio.value - 5.0).abs() < f64::EPSILON);
        assert_eq!(ratio.row.is_met_by(ratio.value), Some(true));
    }

    #[test]
    fn json_has_the_common_form() {
        let document = serde_json::to_value(report(&[("drift_p50", 12.0)])).unwrap();
        let metric = document.pointer("/metrics/0").unwrap().as_object().unwrap();
        let members = [
            "name",
            "value",
            "unit",
            "target",
            "better",
            "reference",
            "reference_source",
        ];
        assert_eq!(
            metric.keys().map(String::as_str).collect::<Vec<_>>().len(),
            members.len()
        );
        assert!(members.iter().all(|member| metric.contains_key(*member)));
        assert_eq!(document["bench"], "krake");
    }

    #[test]
    fn a_missed_target_stands_out() {
        assert!(report(&[("drift_p50", 15.0)]).table().contains("**no**"));
        assert!(!report(&[("drift_p50", 13.0)]).table().contains("**no**"));
    }

    #[test]
    fn numbers_keep_the_digits_that_matter() {
        assert_eq!(
            [number(8123.4), number(13.25), number(0.5), number(4.0)],
            ["8123", "13.2", "0.5", "4"]
        );
    }
}
