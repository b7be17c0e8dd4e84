//! Which creation rules a file is under: those of the closest `.sops.yaml` above it.

use common::secrets::{CreationRules, Policy, Reason};

use crate::build::Tree;

/// The name of files with creation rules.
pub const RULES_FILE: &str = ".sops.yaml";

/// Rules that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file} cannot be used")]
pub struct RulesError {
    /// File.
    pub file: String,
    /// Why.
    pub source: Reason,
}

/// What the rules say about a file of a tree; nothing if no rule is about it.
pub(super) fn policy(tree: &Tree, path: &str) -> Result<Option<Policy>, RulesError> {
    let mut folder = path;
    while !folder.is_empty() {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        let (file, inside) = if folder.is_empty() {
            (RULES_FILE.to_owned(), path)
        } else {
            let inside = path.get(folder.len() + 1..).unwrap_or_default();
            (format!("{folder}/{RULES_FILE}"), inside)
        };
        let Ok(text) = tree.text(&file) else { continue };
        return match CreationRules::parse(text).and_then(|rules| rules.policy(inside)) {
            Ok(policy) => Ok(Some(policy)),
            // Who else can open a file is for sops to say.
            Err(Reason::NoRule | Reason::ForeignRecipients(_) | Reason::KeyGroups) => Ok(None),
            Err(source) => Err(RulesError { file, source }),
        };
    }
    Ok(None)
}
