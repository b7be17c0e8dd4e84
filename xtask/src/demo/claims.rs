//! What a story claims, and what was measured.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

use crate::say;

/// Claims in the order in which they were checked.
#[derive(Debug, Default)]
pub(super) struct Claims(Vec<Claim>);

#[derive(Debug, Serialize)]
struct Claim {
    name: &'static str,
    #[serde(rename = "claim")]
    text: String,
    held: bool,
    value: Option<f64>,
    unit: Option<&'static str>,
    limit: Option<f64>,
}

impl Claims {
    /// Notes a claim that holds or does not.
    pub(super) fn check(&mut self, name: &'static str, claim: impl Into<String>, held: bool) {
        self.add(Claim {
            name,
            text: claim.into(),
            held,
            value: None,
            unit: None,
            limit: None,
        });
    }

    /// Notes a claim that holds if a duration is within its limit.
    pub(super) fn within(
        &mut self,
        name: &'static str,
        claim: impl Into<String>,
        value: Duration,
        limit: Duration,
    ) {
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
        self.add(Claim {
            name,
            text: claim.into(),
            held: value <= limit,
            value: Some(milliseconds(value)),
            unit: Some("ms"),
            limit: Some(milliseconds(limit)),
        });
    }

    fn add(&mut self, claim: Claim) {
        say::line(format_args!(
            "  {} {}{}",
            mark(claim.held),
            claim.text,
            claim.measured()
        ));
        self.0.push(claim);
    }

    pub(super) fn all_held(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|claim| claim.held)
    }

    pub(super) fn table(&self) -> String {
        let rows = self.0.iter().map(|claim| {
            vec![
                mark(claim.held).to_owned(),
                claim.name.to_owned(),
                format!("{}{}", claim.text, claim.measured()),
            ]
        });
        say::table(&["HELD", "NAME", "CLAIM"], &rows.collect::<Vec<_>>())
    }

    pub(super) fn json(&self, demo: &str) -> Result<String> {
        let document = json!({"demo": demo, "held": self.all_held(), "claims": self.0});
        Ok(serde_json::to_string_pretty(&document)?)
    }
}

impl Claim {
    fn measured(&self) -> String {
        match (self.value, self.limit) {
            (Some(value), Some(limit)) => format!(": {value:.0} ms (limit {limit:.0} ms)"),
            _ => String::new(),
        }
    }
}

fn mark(held: bool) -> &'static str {
    if held { "✔" } else { "✘" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_without_claims_proves_nothing() {
        assert!(!Claims::default().all_held());
    }

    #[test]
    fn one_broken_claim_breaks_the_story() {
        let mut claims = Claims::default();
        claims.check("placed", "it was placed", true);
        assert!(claims.all_held());
        claims.within(
            "quick",
            "it was quick",
            Duration::from_secs(2),
            Duration::from_secs(1),
        );
        assert!(!claims.all_held());
        assert!(claims.json("krake").unwrap().contains("\"limit\": 1000.0"));
    }
}
