//! What is wrong with an input, all of it, each with its JSON path.

use std::fmt;

use serde_json::{Map, Value, json};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON path without a leading dot, members and indices joined by dots: `spec.manifest.0.kind`.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

/// Collects violations, so that a user hears of all of them at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes one violation.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Violation {
            path: path.into(),
            message: message.into(),
        });
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }

    /// `Ok` when nothing was found.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The nested form of the original: `{"spec": {"manifest": {"0": ["…"]}}}`.
    pub fn to_nested(&self) -> Value {
        let mut root = Map::new();
        for violation in &self.0 {
            insert(&mut root, &violation.path, &violation.message);
        }
        Value::Object(root)
    }
}

fn insert(node: &mut Map<String, Value>, path: &str, message: &str) {
    let (head, rest) = path
        .split_once('.')
        .map_or((path, None), |(head, rest)| (head, Some(rest)));
    let slot = node.entry(head).or_insert(Value::Null);
    match (rest, slot) {
        (None, Value::Array(messages)) => messages.push(json!(message)),
        (None, Value::Object(children)) => insert(children, "_schema", message),
        (None, slot) => *slot = json!([message]),
        (Some(rest), slot) => {
            if !slot.is_object() {
                let messages = std::mem::take(slot);
                *slot = if messages.is_null() {
                    json!({})
                } else {
                    json!({ "_schema": messages })
                };
            }
            if let Value::Object(children) = slot {
                insert(children, rest, message);
            }
        }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", violation.path, violation.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violations_nest_by_path_as_the_original_prints_them() {
        let mut violations = Violations::new();
        violations.add("spec.manifest.0", "first");
        violations.add("spec.manifest.0.kind", "second");
        violations.add("spec.manifest.0", "third");
        violations.add("metadata", "fourth");
        assert_eq!(
            violations.to_nested(),
            json!({"spec": {"manifest": {"0": {"_schema": ["first", "third"], "kind": ["second"]}}}, "metadata": ["fourth"]})
        );
    }
}
