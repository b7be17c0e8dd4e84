//! What would change a decision.

use super::Settings;
use super::candidate::{Candidate, WeightedMetric};
use super::decision::{has_completed, movable_from, pinned};
use super::filter::{Requirement, Verdict, verdicts};
use super::ranking::{Ranked, score};
use crate::api::{Application, LabelCondition, LabelConstraint, Timestamp};

/// What keeps an application where it is for now: until when, and a sentence.
pub(super) fn timing(
    application: &Application,
    settings: &Settings,
    now: Timestamp,
) -> (Option<Timestamp>, Option<String>) {
    if let Some(until) = pinned(application, now) {
        let hold = match until {
            Some(until) => format!("not before {until}: a migration failed not long ago"),
            None if has_completed(application) => "it has completed its work".to_owned(),
            None => "it must not migrate (`migration: false`)".to_owned(),
        };
        return (until, Some(hold));
    }
    let from = movable_from(application, settings).filter(|from| *from > now);
    match (from, application.status.scheduled) {
        (Some(from), Some(scheduled)) if application.status.scheduled_to.is_some() => {
            let hold = format!(
                "not before {from}: placed {:.0} s ago, reschedule_after {} s",
                now.seconds_since(scheduled),
                settings.reschedule_after.as_secs_f64()
            );
            (Some(from), Some(hold))
        }
        _ => (None, None),
    }
}

/// What would bring the application to this candidate.
pub(super) fn advice_for(
    application: &Application,
    candidate: &Candidate,
    winner: Option<&Ranked<'_>>,
    current: Option<&str>,
    settings: &Settings,
) -> Vec<String> {
    let lacking: Vec<_> = verdicts(application, candidate)
        .into_iter()
        .filter(|verdict| !verdict.holds)
        .collect();
    if !lacking.is_empty() {
        return vec![admission(application, candidate, &lacking)];
    }
    match winner {
        Some(winner) if winner.candidate.name() != candidate.name() => {
            outdo(candidate, winner, current, settings)
        }
        _ => Vec::new(),
    }
}

/// All that is lacking, as one sentence: it has to come together.
fn admission(application: &Application, candidate: &Candidate, lacking: &[Verdict]) -> String {
    let steps: Vec<_> = lacking.iter().map(|verdict| step(application, verdict)).collect();
    format!("{} on {} would admit it", steps.join(" and "), candidate.name())
}

fn step(application: &Application, verdict: &Verdict) -> String {
    match verdict.requirement {
        Requirement::State => "state ONLINE with working metrics".to_owned(),
        Requirement::Label => application
            .spec
            .constraints
            .cluster
            .labels
            .iter()
            .flatten()
            .find(|constraint| constraint.to_string() == verdict.wanted)
            .map_or_else(|| verdict.wanted.clone(), label),
        Requirement::CustomResource => format!("custom resource {}", verdict.wanted),
        Requirement::Metric => format!("a weighted value with {}", verdict.wanted),
    }
}

fn label(constraint: &LabelConstraint) -> String {
    let key = constraint.key();
    match constraint.condition() {
        LabelCondition::Is(value) => format!("label {key}={value}"),
        LabelCondition::IsNot(value) => format!("a label {key} other than {value}"),
        LabelCondition::In(values) => format!("label {key}={}", values.join(" or ")),
        LabelCondition::NotIn(values) => format!("a label {key} other than {}", values.join(" or ")),
    }
}

/// For each metric alone: from which value on this candidate would beat the winner.
fn outdo(
    candidate: &Candidate,
    winner: &Ranked<'_>,
    current: Option<&str>,
    settings: &Settings,
) -> Vec<String> {
    if candidate.metrics.is_empty() && !winner.candidate.metrics.is_empty() {
        return vec![format!(
            "a metric on {} would let it compete: clusters with metrics go first",
            candidate.name()
        )];
    }
    let own = score(candidate, current, settings);
    let thresholds: Vec<_> = candidate
        .metrics
        .iter()
        .filter_map(|metric| threshold(candidate, metric, own, winner.score))
        .collect();
    if thresholds.is_empty() && candidate.metrics.is_empty() && own >= winner.score {
        return vec![format!(
            "equal to {}, which has fewer applications or the first name",
            winner.candidate.name()
        )];
    }
    thresholds
}

fn threshold(candidate: &Candidate, metric: &WeightedMetric, own: f64, wanted: f64) -> Option<String> {
    // The score is a weighted mean, so a metric's normalised value moves it in proportion to its weight.
    let share = metric.weight / candidate.weights;
    let normalised = metric.normalised + (wanted - own) / share;
    if !normalised.is_finite() || !(0.0..=1.0).contains(&normalised) {
        return None;
    }
    let raw = metric.min + normalised * (metric.max - metric.min);
    let direction = if share > 0.0 { "above" } else { "below" };
    Some(format!(
        "{} on {} {direction} {} would move it",
        metric.name,
        candidate.name(),
        short(raw)
    ))
}

/// Four significant decimals are enough for people.
fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
