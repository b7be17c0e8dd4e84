//! What happens when a client that does not see secrets sends its copy back: the covered members keep their
//! stored values.

use serde_json::Value;

use super::refusal::Refusal;
use crate::api::decode::{DecodeError, Purpose, decode};
use crate::api::{Kind, REDACTED, Violations};

/// Whether a body may hold covered members.
pub(super) fn is_redacted<K: Kind>(body: &[u8]) -> bool {
    let needle = REDACTED.as_bytes();
    !K::SECRETS.is_empty() && body.windows(needle.len()).any(|window| window == needle)
}

/// Reads a body in which no covered member may be left: there is nothing that it could stand for. This is told
/// together with all else that is wrong.
pub(super) fn decode_uncovered<K: Kind>(
    body: &[u8],
    purpose: Purpose,
    prepare: impl FnOnce(&mut K),
) -> Result<K, Refusal> {
    let mut violations = covered::<K>(body);
    match decode(body, purpose, prepare) {
        Ok(object) if violations.is_empty() => Ok(object),
        Ok(_) => Err(DecodeError::Invalid(violations).into()),
        Err(DecodeError::Invalid(others)) => {
            let places: Vec<_> = violations.iter().map(|one| one.path.clone()).collect();
            let is_within = |path: &str| places.iter().any(|place| path.starts_with(place));
            for other in others.iter().filter(|other| !is_within(&other.path)) {
                violations.add(&*other.path, &*other.message);
            }
            Err(DecodeError::Invalid(violations).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Puts the stored values where covered members stand.
pub(super) fn uncover<K: Kind>(body: &[u8], stored: &[u8]) -> Vec<u8> {
    let (Ok(mut value), Ok(mut stored)) = (
        serde_json::from_slice::<Value>(body),
        serde_json::from_slice::<Value>(stored),
    ) else {
        return body.to_vec();
    };
    for pointer in K::SECRETS {
        if let Some(member) = value.pointer_mut(pointer).filter(|member| is_covered(member))
            && let Some(secret) = stored.pointer_mut(pointer)
        {
            *member = secret.take();
        }
    }
    value.to_string().into_bytes()
}

fn is_covered(member: &Value) -> bool {
    match member {
        Value::String(text) => text == REDACTED,
        Value::Object(members) => members.contains_key(REDACTED),
        _ => false,
    }
}

/// Covered members of a body.
fn covered<K: Kind>(body: &[u8]) -> Violations {
    let mut violations = Violations::new();
    if !is_redacted::<K>(body) {
        return violations;
    }
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    for pointer in K::SECRETS {
        if value.pointer(pointer).is_some_and(is_covered) {
            let path = pointer.trim_start_matches('/').replace('/', ".");
            violations.add(path, "The value is redacted; send the value itself.");
        }
    }
    violations
}
