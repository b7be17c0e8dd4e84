//! From bytes to a kind: the one way in for all that clients send.
//!
//! Flow: well-formed bodies go straight through serde. Only when that fails is the body read again along the
//! kind's schema, leniently as the original's clients expect it, so that every violation is reported at once.

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
    /// A new object or the metadata and spec of an existing one: what only the server sets is not looked at.
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
    let mut object = match read_directly::<K>(body) {
        Some(object) => object,
        None => read_leniently::<K>(body)?,
    };
    prepare(&mut object);
    if purpose == Purpose::Write {
        let mut violations = Violations::new();
        object.validate(&mut violations);
        violations.into_result()?;
    }
    Ok(object)
}

/// Serde takes arrays for structs as well, which no client means: only objects go this way.
fn read_directly<K: Kind>(body: &[u8]) -> Option<K> {
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    if is_object {
        serde_json::from_slice(body).ok()
    } else {
        None
    }
}

fn read_leniently<K: Kind>(body: &[u8]) -> Result<K, DecodeError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    serde_json::from_value(value).map_err(|error| {
        let mut violations = Violations::new();
        violations.add("_schema", error.to_string());
        DecodeError::Invalid(violations)
    })
}

fn malformed(error: &serde_json::Error) -> DecodeError {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or_default().to_owned();
    DecodeError::Malformed {
        message,
        line: error.line(),
        column: error.column(),
    }
}

/// Reads the body of an action.
pub fn decode_body<T: serde::de::DeserializeOwned + schemars::JsonSchema>(
    body: &[u8],
) -> Result<T, DecodeError> {
    serde_json::from_slice(body).map_err(|error| malformed(&error))
}
