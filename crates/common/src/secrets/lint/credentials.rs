//! Texts that are credentials whatever stands around them. Only shapes that nothing else has: a lint that cries over
//! ordinary text is switched off.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::Rule;

/// Well-known shapes of tokens, and whose they are.
const TOKENS: &[(&str, &str)] = &[
    ("AWS", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    (
        "GitHub",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
    ),
    ("GitLab", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("Slack", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    (
        "a service account",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    ),
];

/// The credential that a text holds.
pub(super) fn find(text: &[u8]) -> Option<Rule> {
    static SHAPES: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
        let shapes = TOKENS.iter();
        shapes
            .filter_map(|(owner, shape)| Some((*owner, Regex::new(shape).ok()?)))
            .collect()
    });
    if is_private_key(text) {
        return Some(Rule::PlaintextKey);
    }
    let token = SHAPES.iter().find(|(_, shape)| shape.is_match(text));
    token.map(|(owner, _)| Rule::PlaintextToken(owner))
}

fn is_private_key(text: &[u8]) -> bool {
    static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AGE-SECRET-KEY-1[A-Z0-9]{20,}").ok()
    });
    KEY.as_ref().is_some_and(|key| key.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_known_by_their_shape_and_ordinary_words_are_none() {
        let token = |text: &str| match find(text.as_bytes()) {
            Some(Rule::PlaintextToken(owner)) => owner,
            _ => "",
        };
        assert_eq!(token("key: AKIAIOSFODNN7EXAMPLE"), "AWS");
        assert_eq!(token(&format!("ghp_{}", "a".repeat(36))), "GitHub");
        assert_eq!(
            token("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJl.c2lnbmF0dXJl"),
            "a service account"
        );
        for harmless in [
            "AKIA",
            "ghp_short",
            "eyJ",
            "see PRIVATE KEY in the docs",
            "sha256:0123456789abcdef",
        ] {
            assert_eq!(find(harmless.as_bytes()), None, "{harmless}");
        }
    }
}
