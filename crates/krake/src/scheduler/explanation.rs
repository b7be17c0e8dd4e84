//! A decision with all its reasons, for people and machines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use super::advice::{advice_for, timing};
use super::assignments::Counts;
use super::candidate::{Candidate, WeightedMetric};
use super::decision::{Decision, current, decide};
use super::filter::{Fit, Verdict, fit, state_name, summary, verdicts};
use super::ranking::{best, rankable, score};
use super::snapshot::Candidates;
use crate::api::{Application, Reason, Timestamp};

/// Where an application would go now, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// Namespace of the application.
    pub namespace: Option<String>,
    /// Name of the application.
    pub application: String,
    /// The cluster to which it is bound.
    pub current: Option<String>,
    /// What would be done now.
    pub outcome: Outcome,
    /// The cluster on which it would be then.
    pub target: Option<String>,
    /// The outcome as a sentence.
    pub summary: String,
    /// Earliest time of a move to a better cluster, if that is still to come.
    pub not_before: Option<Timestamp>,
    /// What keeps it from moving, as a sentence, if something does.
    pub hold: Option<String>,
    /// All clusters of the namespace, the best first, those that do not fit last.
    pub clusters: Vec<ClusterExplanation>,
}

/// What would be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing, the application is out of the scheduler's hands.
    Ignored,
    /// It stays where it is.
    Stays,
    /// It goes to `target`.
    Moves,
    /// It waits for the first values of metrics.
    Waits,
    /// No cluster fits.
    NoSuitableCluster,
}

/// How one cluster fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterExplanation {
    /// Name.
    pub cluster: String,
    /// State as stored.
    pub state: String,
    /// Whether the application is bound to it.
    pub current: bool,
    /// Whether all requirements hold.
    pub fits: bool,
    /// Every requirement.
    pub verdicts: Vec<Verdict>,
    /// Every metric.
    pub metrics: Vec<MetricExplanation>,
    /// Weight of staying that went into the score.
    pub stickiness: f64,
    /// Score, if it was ranked.
    pub score: Option<f64>,
    /// 1 for the best; none if it was not ranked.
    pub rank: Option<usize>,
    /// Applications assigned to it; among equal scores the fewest win.
    pub assigned: usize,
    /// What would bring the application here.
    pub advice: Vec<String>,
}

/// How one metric of a cluster counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricExplanation {
    /// Name.
    pub name: String,
    /// Whether it is a metric of the namespace.
    pub namespaced: bool,
    /// Whether the cluster has it from its cloud.
    pub inherited: bool,
    /// Weight.
    pub weight: Option<f64>,
    /// Value as its provider gave it.
    pub raw: Option<f64>,
    /// Value within its range, from 0 to 1.
    pub normalised: Option<f64>,
    /// Weight times normalised value.
    pub contribution: Option<f64>,
    /// Why it has no value.
    pub reason: Option<Reason>,
}

/// Decides as [`decide`] does, and keeps the reasons.
pub fn explain(
    application: &Application,
    candidates: &Candidates,
    counts: &Counts,
    settings: &Settings,
    now: Timestamp,
) -> Explanation {
    let decision = decide(application, candidates, counts, settings, now);
    let bound = application
        .status
        .scheduled_to
        .as_ref()
        .map(|cluster| cluster.name.clone());
    let (outcome, target) = outcome(&decision, bound.clone());
    let (not_before, hold) = timing(application, settings, now);
    Explanation {
        namespace: application.metadata.namespace.clone(),
        application: application.metadata.name.clone(),
        summary: sentence(application, candidates, outcome, target.as_deref()),
        current: bound,
        outcome,
        target,
        not_before,
        hold,
        clusters: clusters(application, candidates, counts, settings),
    }
}

fn outcome(decision: &Decision, bound: Option<String>) -> (Outcome, Option<String>) {
    match decision {
        Decision::Ignore => (Outcome::Ignored, bound),
        Decision::Keep { .. } | Decision::Confirm => (Outcome::Stays, bound),
        Decision::Bind { cluster, .. } => (Outcome::Moves, Some(cluster.name.clone())),
        Decision::Wait => (Outcome::Waits, bound),
        Decision::NoSuitable => (Outcome::NoSuitableCluster, bound),
    }
}

fn sentence(
    application: &Application,
    candidates: &Candidates,
    outcome: Outcome,
    target: Option<&str>,
) -> String {
    let target = target.unwrap_or("no cluster");
    match outcome {
        Outcome::Ignored if application.metadata.is_deleted() => "is being deleted".to_owned(),
        Outcome::Ignored => "has failed; an update or `retry` starts it anew".to_owned(),
        Outcome::Stays => format!("stays on {target}"),
        Outcome::Moves => format!("goes to {target}"),
        Outcome::Waits => "waits for the first values of metrics".to_owned(),
        Outcome::NoSuitableCluster => summary(application, candidates),
    }
}

fn clusters(
    application: &Application,
    candidates: &Candidates,
    counts: &Counts,
    settings: &Settings,
) -> Vec<ClusterExplanation> {
    let fitting: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| fit(application, candidate) == Fit::Yes)
        .collect();
    let bound = current(application, candidates).map(Candidate::name);
    let mut ranked = rankable(&fitting);
    let key = |candidate: &Candidate| {
        let score = score(candidate, bound, settings);
        (score, counts.of(candidate.name()))
    };
    ranked.sort_by(|a, b| {
        let ((score_a, count_a), (score_b, count_b)) = (key(a), key(b));
        score_b.total_cmp(&score_a).then(count_a.cmp(&count_b))
    });
    let winner = best(&fitting, bound, counts, settings);
    let mut all: Vec<_> = candidates
        .iter()
        .map(|candidate| {
            let position = ranked.iter().position(|other| std::ptr::eq(*other, candidate));
            let is_current = bound == Some(candidate.name());
            ClusterExplanation {
                cluster: candidate.name().to_owned(),
                state: state_name(candidate.state),
                current: is_current,
                fits: fit(application, candidate) == Fit::Yes,
                verdicts: verdicts(application, candidate),
                metrics: metrics(candidate),
                stickiness: if is_current { settings.stickiness } else { 0.0 },
                score: position.map(|_| score(candidate, bound, settings)),
                rank: position.map(|position| position.saturating_add(1)),
                assigned: counts.of(candidate.name()),
                advice: advice_for(application, candidate, winner.as_ref(), bound, settings),
            }
        })
        .collect();
    all.sort_by_key(|cluster| (cluster.rank.unwrap_or(usize::MAX), !cluster.fits));
    all
}

fn metrics(candidate: &Candidate) -> Vec<MetricExplanation> {
    let values = candidate.metrics.iter().map(|metric| {
        let WeightedMetric {
            name,
            namespaced,
            inherited,
            weight,
            raw,
            normalised,
            min: _,
            max: _,
        } = metric;
        MetricExplanation {
            name: name.clone(),
            namespaced: *namespaced,
            inherited: *inherited,
            weight: Some(*weight),
            raw: Some(*raw),
            normalised: Some(*normalised),
            contribution: Some(metric.contribution()),
            reason: None,
        }
    });
    let failures = candidate
        .failures
        .iter()
        .map(|(name, reason)| without_value(name, Some(reason)));
    let pending = candidate.pending.iter().map(|name| without_value(name, None));
    values.chain(failures).chain(pending).collect()
}

fn without_value(name: &str, reason: Option<&Reason>) -> MetricExplanation {
    MetricExplanation {
        name: name.to_owned(),
        namespaced: false,
        inherited: false,
        weight: None,
        raw: None,
        normalised: None,
        contribution: None,
        reason: reason.cloned(),
    }
}
