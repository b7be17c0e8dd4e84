//! Whether a candidate fits an application, and if not, why.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::snapshot::Candidates;
use crate::api::{Application, ClusterConstraints, ClusterState, MetricConstraint};

/// What is asked of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// It works and is not being deleted.
    State,
    /// A label constraint.
    Label,
    /// A custom resource definition.
    CustomResource,
    /// A metric constraint.
    Metric,
}

/// Whether a candidate fulfils one requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// What kind of requirement.
    pub requirement: Requirement,
    /// The requirement as the user wrote it; `ONLINE` for the state.
    pub wanted: String,
    /// What the cluster has.
    pub found: String,
    /// Whether that is enough.
    pub holds: bool,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.requirement {
            Requirement::State => write!(f, "{}", self.found),
            Requirement::Label | Requirement::CustomResource | Requirement::Metric => {
                write!(f, "{}, wanted: {}", self.found, self.wanted)
            }
        }
    }
}

/// How a candidate fares, cheaply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// All constraints hold.
    Yes,
    /// Would do, but its metrics were not read yet.
    Pending,
    /// Something does not hold.
    No,
}

pub(super) fn fit(application: &Application, candidate: &Candidate) -> Fit {
    let constraints = &application.spec.constraints.cluster;
    if !labels_and_resources_hold(constraints, candidate) {
        return Fit::No;
    }
    if candidate.is_pending() {
        return Fit::Pending;
    }
    if candidate.is_available() && metrics_of(constraints).all(|metric| holds(metric, candidate)) {
        Fit::Yes
    } else {
        Fit::No
    }
}

fn labels_and_resources_hold(constraints: &ClusterConstraints, candidate: &Candidate) -> bool {
    let ClusterConstraints {
        labels,
        custom_resources,
        metrics: _,
    } = constraints;
    labels
        .iter()
        .flatten()
        .all(|constraint| constraint.matches(&candidate.labels))
        && custom_resources
            .iter()
            .all(|name| candidate.custom_resources.contains(name))
}

fn metrics_of(constraints: &ClusterConstraints) -> impl Iterator<Item = &MetricConstraint> {
    constraints.metrics.iter().flatten()
}

/// The weighted value of a metric; none if the candidate does not have it.
fn weighted(constraint: &MetricConstraint, candidate: &Candidate) -> Option<f64> {
    candidate
        .metrics
        .iter()
        .find(|metric| metric.name == constraint.metric())
        .map(super::candidate::WeightedMetric::contribution)
}

fn holds(constraint: &MetricConstraint, candidate: &Candidate) -> bool {
    weighted(constraint, candidate).is_some_and(|value| constraint.accepts(value))
}

/// Every requirement with its verdict, for people.
pub(super) fn verdicts(application: &Application, candidate: &Candidate) -> Vec<Verdict> {
    let constraints = &application.spec.constraints.cluster;
    let labels = constraints.labels.iter().flatten().map(|constraint| Verdict {
        requirement: Requirement::Label,
        wanted: constraint.to_string(),
        found: match candidate.labels.get(constraint.key()) {
            Some(value) => format!("label {}={value}", constraint.key()),
            None => format!("no label {}", constraint.key()),
        },
        holds: constraint.matches(&candidate.labels),
    });
    let resources = constraints.custom_resources.iter().map(|name| {
        let holds = candidate.custom_resources.contains(name);
        Verdict {
            requirement: Requirement::CustomResource,
            wanted: name.clone(),
            found: format!(
                "custom resource {}",
                if holds { "offered" } else { "not offered" }
            ),
            holds,
        }
    });
    let metrics = metrics_of(constraints).map(|constraint| Verdict {
        requirement: Requirement::Metric,
        wanted: constraint.to_string(),
        found: match weighted(constraint, candidate) {
            Some(value) => format!("weighted {} is {value}", constraint.metric()),
            None => format!("no value of {}", constraint.metric()),
        },
        holds: holds(constraint, candidate),
    });
    std::iter::once(state_verdict(candidate))
        .chain(labels)
        .chain(resources)
        .chain(metrics)
        .collect()
}

fn state_verdict(candidate: &Candidate) -> Verdict {
    let names = |names: Vec<&String>| {
        names
            .into_iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let found = if candidate.deleted {
        "being deleted".to_owned()
    } else if !matches!(
        candidate.state,
        ClusterState::Online | ClusterState::FailingMetrics
    ) {
        format!("state {}", state_name(candidate.state))
    } else if !candidate.failures.is_empty() {
        format!("metrics fail: {}", names(candidate.failures.keys().collect()))
    } else if !candidate.pending.is_empty() {
        format!(
            "metrics not read yet: {}",
            names(candidate.pending.iter().collect())
        )
    } else {
        "state ONLINE".to_owned()
    };
    Verdict {
        requirement: Requirement::State,
        wanted: "ONLINE".to_owned(),
        found,
        holds: candidate.is_available(),
    }
}

/// A state as the wire spells it.
pub(super) fn state_name(state: ClusterState) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// How many clusters a summary names.
const NAMED: usize = 3;

/// One sentence that says why no cluster fits: the first few by name, each with what it lacks first.
pub fn summary(application: &Application, candidates: &Candidates) -> String {
    const HEAD: &str = "No matching Kubernetes cluster found";
    if candidates.is_empty() {
        let namespace = application.metadata.namespace.as_deref().unwrap_or_default();
        return format!("{HEAD}: there is no cluster in namespace '{namespace}'");
    }
    let lacks: Vec<_> = candidates
        .iter()
        .take(NAMED)
        .filter_map(|candidate| {
            let verdict = verdicts(application, candidate)
                .into_iter()
                .find(|verdict| !verdict.holds)?;
            Some(format!("{}: {verdict}", candidate.name()))
        })
        .collect();
    match candidates.len().saturating_sub(NAMED) {
        0 => format!("{HEAD}: {}", lacks.join("; ")),
        more => format!("{HEAD}: {}; and {more} more", lacks.join("; ")),
    }
}
