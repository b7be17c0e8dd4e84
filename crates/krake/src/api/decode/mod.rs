//! From bytes to a kind: the one way in for all that clients send.
//!
//! Flow: well-formed bodies go straight through serde. Only when that fails is the body read again along the
//! kind's schema ([`lenient`]), as the original's clients expect it, so that every violation is reported at
//! once; what types cannot say is checked by [`Kind::validate`] in either case.

mod lenient;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Kind, Violations};

/// A body that is not an object of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It is not JSON.
    #[error("malformed JSON at line {line}, column {column}: {message}")]
    Malformed {
        /// What the parser says.
        message: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It is JSON, but breaks rules.
    #[error(transparent)]
    Invalid(#[from] Violations),
}

/// What a body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new object, or the metadata and spec of an existing one: what only the server sets is not looked at.
    Write,
    /// The status of an existing object.
    Status,
}

/// Reads an object; `prepare` fills in what the server knows better before the rules are checked.
pub fn decode<K: Kind>(
    body: &[u8],
    purpose: Purpose,
    prepare: impl FnOnce(&mut K),
) -> Result<K, DecodeError> {
    let mut violations = Violations::new();
    let mut object = match read_directly::<K>(body) {
        Some(object) => object,
        None => read_leniently::<K>(body, purpose, &mut violations)?,
    };
    if purpose == Purpose::Write {
        prepare(&mut object);
        check(&object, &mut violations);
    }
    violations.into_result()?;
    Ok(object)
}

/// Reads the body of an action, which has no rules beyond its types.
pub fn decode_body<T: DeserializeOwned + JsonSchema>(body: &[u8]) -> Result<T, DecodeError> {
    if let Some(value) = read_directly(body) {
        return Ok(value);
    }
    let mut violations = Violations::new();
    let value = conform(parse(body)?, &mut violations)?;
    violations.into_result()?;
    Ok(value)
}

/// Serde takes arrays for structs as well, which no client means: only objects go this way.
fn read_directly<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    if is_object {
        serde_json::from_slice(body).ok()
    } else {
        None
    }
}

fn read_leniently<K: Kind>(
    body: &[u8],
    purpose: Purpose,
    violations: &mut Violations,
) -> Result<K, DecodeError> {
    let mut document = parse(body)?;
    if purpose == Purpose::Write {
        forget_server_members(&mut document);
    }
    conform(document, violations)
}

/// What only the server sets may be anything in a write, even nonsense; uid and resourceVersion say which
/// object is meant.
fn forget_server_members(document: &mut Value) {
    let Some(members) = document.as_object_mut() else {
        return;
    };
    members.shift_remove("status");
    if let Some(metadata) = members.get_mut("metadata").and_then(Value::as_object_mut) {
        for member in ["created", "modified", "deleted"] {
            metadata.shift_remove(member);
        }
        metadata.retain(|name, member| name != "uid" || !member.is_null());
    }
}

fn parse(body: &[u8]) -> Result<Value, DecodeError> {
    serde_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        DecodeError::Malformed {
            message: text.split(" at line ").next().unwrap_or_default().to_owned(),
            line: error.line(),
            column: error.column(),
        }
    })
}

fn conform<T: DeserializeOwned + JsonSchema>(
    document: Value,
    violations: &mut Violations,
) -> Result<T, DecodeError> {
    let conformed = lenient::conform::<T>(document, violations);
    serde_json::from_value(conformed).map_err(|error| {
        // The schema says less than the type; whatever was found is still worth telling.
        violations.add("_schema", error.to_string());
        DecodeError::Invalid(std::mem::take(violations))
    })
}

/// Adds the violations of rules, except where a placeholder stands for something that is wrong already.
fn check<K: Kind>(object: &K, violations: &mut Violations) {
    let mut found = Violations::new();
    object.validate(&mut found);
    let known: Vec<String> = violations
        .iter()
        .map(|violation| place(&violation.path))
        .collect();
    for violation in found
        .iter()
        .filter(|violation| !known.iter().any(|path| overlap(path, &violation.path)))
    {
        violations.add(&*violation.path, &*violation.message);
    }
}

/// The path of the object itself for what is wrong with an object as a whole.
fn place(path: &str) -> String {
    path.trim_end_matches("_schema").trim_end_matches('.').to_owned()
}

/// Whether one path leads through the other.
fn overlap(one: &str, other: &str) -> bool {
    let leads = |outer: &str, inner: &str| {
        outer.is_empty()
            || inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    leads(one, other) || leads(other, one)
}
