//! Findings in SARIF 2.1.0, which forges show beside the lines of a change.

use serde_json::{Value, json};

use super::finding::{Finding, Severity};
use super::rule::RULES;

/// The schema of the format.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Where the rules are explained.
const DOCUMENTATION: &str =
    "https://gitlab.com/alasca.cloud/alasca-rs/-/blob/main/docs/src/tools/yake-check.md";

/// The log of one run; `version` is the program's.
pub fn sarif(findings: &[Finding], version: &str) -> Value {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|(_, rule)| {
            json!({
                "id": rule.id,
                "shortDescription": {"text": rule.meaning},
                "defaultConfiguration": {"level": level(rule.severity)},
                "helpUri": DOCUMENTATION,
            })
        })
        .collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "yake check",
                "version": version,
                "informationUri": DOCUMENTATION,
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result(finding: &Finding) -> Value {
    let index = RULES.iter().position(|(rule, _)| *rule == finding.rule);
    let mut text = finding.message.clone();
    for part in [finding.object.as_deref(), Some(&*finding.path.to_string())] {
        if let Some(part) = part.filter(|part| *part != "$") {
            text = format!("{text} ({part})");
        }
    }
    if let Some(hint) = &finding.hint {
        text = format!("{text}; {hint}");
    }
    let logical = json!({"fullyQualifiedName": finding.path, "kind": "member"});
    json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": uri(&finding.file), "uriBaseId": "%SRCROOT%"},
                // A log needs a line for the forge to show it; the first stands for the whole file.
                "region": {"startLine": finding.line.unwrap_or(1)},
            },
            "logicalLocations": [logical],
        }],
    })
}

/// A path as a reference: what is not of its alphabet is percent-encoded.
fn uri(path: &str) -> String {
    path.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
