//! What happens when a client that does not see secrets sends its copy back: the covered members keep their
//! stored values.

use serde_json::Value;

use super::refusal::Refusal;
use crate::api::decode::DecodeError;
use crate::api::{Kind, REDACTED, Violations};

/// Whether a body may hold covered members.
pub(super) fn is_redacted<K: Kind>(body: &[u8]) -> bool {
    let needle = REDACTED.as_bytes();
    !K::SECRETS.is_empty() && body.windows(needle.len()).any(|window| window == needle)
}

/// Refuses a new object with covered members: there is nothing that they could stand for.
pub(super) fn refuse_redacted<K: Kind>(body: &[u8]) -> Result<(), Refusal> {
    if !is_redacted::<K>(body) {
        return Ok(());
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => refuse_covered::<K>(&value),
        Err(_) => Ok(()),
    }
}

/// Puts the stored values where covered members stand.
pub(super) fn uncover<K: Kind>(body: &[u8], stored: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (Ok(mut value), Ok(mut stored)) = (
        serde_json::from_slice::<Value>(body),
        serde_json::from_slice::<Value>(stored),
    ) else {
        return Ok(body.to_vec());
    };
    for pointer in K::SECRETS {
        if let Some(member) = value.pointer_mut(pointer).filter(|member| is_covered(member))
            && let Some(secret) = stored.pointer_mut(pointer)
        {
            *member = secret.take();
        }
    }
    refuse_covered::<K>(&value)?;
    Ok(value.to_string().into_bytes())
}

fn is_covered(member: &Value) -> bool {
    match member {
        Value::String(text) => text == REDACTED,
        Value::Object(members) => members.contains_key(REDACTED),
        _ => false,
    }
}

fn refuse_covered<K: Kind>(value: &Value) -> Result<(), Refusal> {
    let mut violations = Violations::new();
    for pointer in K::SECRETS {
        if value.pointer(pointer).is_some_and(is_covered) {
            let path = pointer.trim_start_matches('/').replace('/', ".");
            violations.add(path, "The value is redacted; send the value itself.");
        }
    }
    Ok(violations.into_result().map_err(DecodeError::Invalid)?)
}
