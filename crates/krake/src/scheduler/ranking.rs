//! Which of the fitting candidates is best.

use super::Settings;
use super::assignments::Counts;
use super::candidate::Candidate;

/// Scores that differ by less count as equal: sums over the same numbers in another order.
const EQUAL: f64 = 1e-9;

/// A fitting candidate with its score.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked<'a> {
    pub(super) candidate: &'a Candidate,
    pub(super) score: f64,
    pub(super) assigned: usize,
}

/// Clusters with metrics go before clusters without: if there is one with, only those are ranked.
pub(super) fn rankable<'a>(fitting: &[&'a Candidate]) -> Vec<&'a Candidate> {
    let with_metrics: Vec<_> = fitting
        .iter()
        .copied()
        .filter(|candidate| !candidate.metrics.is_empty())
        .collect();
    if with_metrics.is_empty() {
        fitting.to_vec()
    } else {
        with_metrics
    }
}

/// `(Σ vᵢ·wᵢ + s) / (Σ wᵢ + s)`, where the stickiness `s` counts only for the current cluster; without
/// metrics just `s`.
pub(super) fn score(candidate: &Candidate, current: Option<&str>, settings: &Settings) -> f64 {
    let sticky = if current == Some(candidate.name()) {
        settings.stickiness
    } else {
        0.0
    };
    if candidate.metrics.is_empty() {
        return sticky;
    }
    let score = (candidate.weighted + sticky) / (candidate.weights + sticky);
    // Weights that add up to nothing, or to infinity, say nothing.
    if score.is_finite() { score } else { 0.0 }
}

/// The best candidate: the highest score, then the fewest applications, then the first name.
pub(super) fn best<'a>(
    fitting: &[&'a Candidate],
    current: Option<&str>,
    counts: &Counts,
    settings: &Settings,
) -> Option<Ranked<'a>> {
    let rankable = rankable(fitting);
    let highest = rankable
        .iter()
        .map(|candidate| score(candidate, current, settings))
        .fold(f64::NEG_INFINITY, f64::max);
    rankable
        .into_iter()
        .map(|candidate| Ranked {
            candidate,
            score: score(candidate, current, settings),
            assigned: counts.of(candidate.name()),
        })
        .filter(|ranked| ranked.score >= highest - EQUAL)
        // Of several minima this takes the first, and candidates come in the order of their names.
        .min_by_key(|ranked| ranked.assigned)
}
