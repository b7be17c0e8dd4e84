//! How stored bytes become what clients see: the revision spliced in, secrets covered where needed. Nothing
//! is parsed on the usual path, so that long lists cost little more than copying.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::table::KindEntry;
use crate::api::REDACTED;
use crate::store::Revision;

/// Whether a reader sees secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// Sees them.
    Full,
    /// Sees [`REDACTED`] in their place.
    Redacted,
}

/// Appends a stored object with its revision.
pub(super) fn render(kind: &KindEntry, stored: &[u8], revision: Revision, sight: Sight, out: &mut Vec<u8>) {
    let covered = match sight {
        Sight::Redacted if !kind.secrets.is_empty() => Some(redacted(kind.secrets, stored)),
        Sight::Redacted | Sight::Full => None,
    };
    let document = covered.as_deref().unwrap_or(stored);
    if let Some(rest) = document.strip_prefix(kind.head.as_bytes()) {
        let mut version = String::new();
        let _ = write!(version, r#""resourceVersion":"{revision}","#);
        out.extend_from_slice(kind.head.as_bytes());
        out.extend_from_slice(version.as_bytes());
        out.extend_from_slice(rest);
    } else {
        out.extend_from_slice(&with_revision(document, revision));
    }
}

/// The object as it would be sent.
pub(super) fn rendered(kind: &KindEntry, stored: &[u8], revision: Revision, sight: Sight) -> Vec<u8> {
    let mut out = Vec::with_capacity(stored.len() + 48);
    render(kind, stored, revision, sight, &mut out);
    out
}

/// For documents whose members stand in another order than ours: those of another program.
fn with_revision(document: &[u8], revision: Revision) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(document) else {
        return document.to_vec();
    };
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("resourceVersion".to_owned(), json!(revision.to_string()));
    }
    serde_json::to_vec(&value).unwrap_or_default()
}

/// A document in which secrets cannot be found is not shown at all.
fn redacted(secrets: &[&str], document: &[u8]) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(document).unwrap_or_default();
    for pointer in secrets {
        cover(&mut value, pointer);
    }
    serde_json::to_vec(&value).unwrap_or_default()
}

fn cover(value: &mut Value, pointer: &str) {
    let Some(secret) = value.pointer_mut(pointer) else {
        return;
    };
    match secret {
        Value::Null => {}
        Value::Object(members) if members.is_empty() => {}
        // Typed clients need an object where an object belongs.
        Value::Object(_) => *secret = covered_object(),
        _ => *secret = json!(REDACTED),
    }
}

fn covered_object() -> Value {
    let mut members = Map::new();
    members.insert(REDACTED.to_owned(), json!(REDACTED));
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_in_which_secrets_cannot_be_found_is_not_shown() {
        let shown = redacted(
            &["/spec/kubeconfig"],
            br#"{"spec":{"kubeconfig":{"token":"canary"#,
        );
        assert!(!String::from_utf8(shown).unwrap().contains("canary"));
    }
}
