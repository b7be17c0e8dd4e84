//! One answer for a whole landscape.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::health::{self, Expectation, Reason, Standing, Verdict};
use super::observed::Observed;

const GARDEN: &str = "Garden.operator.gardener.cloud";

/// Whether tenants' clusters count for the health of the landscape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShootPolicy {
    /// Each of them.
    Count,
    /// They are listed, and a sick one makes no sick landscape.
    List,
}

/// An object and how it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Kind, with its group: `garden.operator.gardener.cloud` is spelt `Garden.operator.gardener.cloud`.
    pub kind: String,
    /// Namespace, absent for objects of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// How it is.
    pub standing: Standing,
    /// Why it is not well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// It is not counted: frozen by annotation, or left out by policy.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_left_out: bool,
}

/// The landscape: the worst of all that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rollup {
    /// The answer.
    pub standing: Standing,
    /// How many objects of each kind stand how.
    pub counts: BTreeMap<String, BTreeMap<&'static str, usize>>,
    /// Every object, the worst first, then by kind and name.
    pub findings: Vec<Finding>,
}

impl Rollup {
    /// Judges what was observed. A landscape without a `Garden` is unknown.
    pub fn of<'a>(
        objects: impl IntoIterator<Item = &'a Value>,
        expectation: &Expectation,
        shoots: ShootPolicy,
    ) -> Self {
        let mut findings: Vec<Finding> = objects
            .into_iter()
            .filter_map(|object| Some(finding(object, health::evaluate(object, expectation)?, shoots)))
            .collect();
        if !findings.iter().any(|finding| finding.kind == GARDEN) {
            findings.push(no_garden());
        }
        findings.sort_by(|one, other| rank(one).cmp(&rank(other)));
        let counted = findings.iter().filter(|finding| !finding.is_left_out);
        let standing = counted
            .map(|finding| finding.standing)
            .max()
            .unwrap_or(Standing::Unknown);
        let counts = counts(&findings);
        Self {
            standing,
            counts,
            findings,
        }
    }
}

type Rank<'a> = (
    bool,
    std::cmp::Reverse<Standing>,
    &'a str,
    Option<&'a str>,
    &'a str,
);

fn rank(finding: &Finding) -> Rank<'_> {
    (
        finding.is_left_out,
        std::cmp::Reverse(finding.standing),
        &finding.kind,
        finding.namespace.as_deref(),
        &finding.name,
    )
}

fn finding(object: &Value, verdict: Verdict, shoots: ShootPolicy) -> Finding {
    let observed = Observed::new(object);
    let is_counted = observed.kind() != "Shoot" || (shoots == ShootPolicy::Count && !observed.is_frozen());
    Finding {
        kind: format!("{}.{}", observed.kind(), observed.group()),
        namespace: observed.namespace().map(str::to_owned),
        name: observed.name().to_owned(),
        standing: verdict.standing(),
        reasons: verdict.reasons,
        is_left_out: !is_counted,
    }
}

fn no_garden() -> Finding {
    let mut verdict = Verdict::default();
    verdict.add(Standing::Unknown, "there is none");
    Finding {
        kind: GARDEN.to_owned(),
        namespace: None,
        name: String::new(),
        standing: verdict.standing(),
        reasons: verdict.reasons,
        is_left_out: false,
    }
}

fn counts(findings: &[Finding]) -> BTreeMap<String, BTreeMap<&'static str, usize>> {
    let mut counts: BTreeMap<String, BTreeMap<&'static str, usize>> = BTreeMap::new();
    for finding in findings {
        let of_kind = counts.entry(finding.kind.clone()).or_default();
        *of_kind.entry(finding.standing.word()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn project(name: &str, phase: &str) -> Value {
        json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Project",
            "metadata": {"name": name}, "status": {"phase": phase}})
    }

    fn shoot(name: &str, status: &str) -> Value {
        json!({"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Shoot",
            "metadata": {"name": name, "namespace": "garden-dev", "labels": {"shoot.gardener.cloud/status": status}}})
    }

    fn roll(objects: &[Value], shoots: ShootPolicy) -> Rollup {
        Rollup::of(objects, &Expectation::default(), shoots)
    }

    #[test]
    fn the_worst_of_all_counts_and_stands_first() {
        let objects = [
            project("a", "Ready"),
            project("b", "Failed"),
            project("c", "Pending"),
        ];
        let rollup = roll(&objects, ShootPolicy::Count);
        assert_eq!(rollup.standing, Standing::Degraded);
        let names: Vec<&str> = rollup
            .findings
            .iter()
            .map(|finding| finding.name.as_str())
            .collect();
        assert_eq!(
            names,
            ["b", "", "c", "a"],
            "degraded, the missing Garden, progressing, well"
        );
        assert_eq!(rollup.counts["Project.core.gardener.cloud"]["degraded"], 1);
    }

    #[test]
    fn a_landscape_without_a_garden_is_unknown() {
        assert_eq!(
            roll(&[project("a", "Ready")], ShootPolicy::Count).standing,
            Standing::Unknown
        );
    }

    #[test]
    fn tenants_count_by_policy_and_frozen_ones_never() {
        let mut frozen = shoot("frozen", "unhealthy");
        frozen["metadata"]["annotations"] = json!({"shoot.gardener.cloud/ignore": "true"});
        let sick = [shoot("sick", "unhealthy")];
        assert_eq!(roll(&sick, ShootPolicy::Count).standing, Standing::Degraded);
        assert_eq!(roll(&sick, ShootPolicy::List).standing, Standing::Unknown);
        assert_eq!(roll(&[frozen], ShootPolicy::Count).standing, Standing::Unknown);
    }
}
