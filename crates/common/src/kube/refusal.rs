//! Reading what an API server says when it refuses: which object, member or other owner is in the way.

use std::time::Duration;

use serde::Deserialize;

use super::error::{Cause, Failure, FieldOwner};

/// Reads a refusal. `name` is the object's, to tell a missing object from a missing namespace.
pub(super) fn read_refusal(status: u16, body: &[u8], name: Option<&str>) -> Failure {
    let Status {
        reason,
        message,
        details,
    } = serde_json::from_slice(body).unwrap_or_else(|_| Status {
        message: excerpt(body),
        ..Status::default()
    });
    let details = details.unwrap_or_default();
    match status {
        404 if details.kind != "namespaces" && name.is_none_or(|name| name == details.name) => {
            Failure::NotFound
        }
        404 if details.kind == "namespaces" && name == Some(details.name.as_str()) => Failure::NotFound,
        409 => read_conflict(message, &details.causes),
        429 | 503 => Failure::Overloaded {
            status,
            message,
            retry_after: (details.retry_after_seconds > 0)
                .then(|| Duration::from_secs(details.retry_after_seconds)),
        },
        _ => {
            let mut causes = details.causes;
            if causes.is_empty() {
                causes = read_schema_complaints(&message);
            }
            Failure::Refused {
                status,
                reason,
                message,
                causes,
            }
        }
    }
}

/// `v1.Status`, as far as it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    reason: String,
    message: String,
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    name: String,
    kind: String,
    causes: Vec<Cause>,
    retry_after_seconds: u64,
}

fn read_conflict(message: String, causes: &[Cause]) -> Failure {
    let owners: Vec<_> = causes
        .iter()
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| FieldOwner {
            manager: quoted(&cause.message).unwrap_or("another manager").to_owned(),
            field: cause.field.clone(),
        })
        .collect();
    if owners.is_empty() {
        Failure::Stale { message }
    } else {
        Failure::Conflict { owners }
    }
}

fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('"')?;
    rest.split_once('"').map(|(inner, _)| inner)
}

/// Members that do not fit the schema are only named in the message of a server-side apply, which then carries
/// status 500 and no causes: `failed to create typed patch object (…): .spec.imag: field not declared in schema`.
fn read_schema_complaints(message: &str) -> Vec<Cause> {
    const OPENING: &str = "failed to create typed patch object (";
    let Some((_, rest)) = message.split_once(OPENING) else {
        return Vec::new();
    };
    let Some((_, complaints)) = rest.split_once("): ") else {
        return Vec::new();
    };
    complaints
        .lines()
        .filter_map(|line| line.trim().split_once(": "))
        .filter(|(field, _)| field.starts_with('.'))
        .map(|(field, why)| Cause {
            field: field.trim_start_matches('.').to_owned(),
            reason: "FieldValueInvalid".to_owned(),
            message: why.to_owned(),
        })
        .collect()
}

/// The first line of a body that is no `Status`.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kube::error::Class;

    fn refusal_of(status: u16, body: &serde_json::Value) -> Failure {
        read_refusal(status, body.to_string().as_bytes(), Some("web"))
    }

    #[test]
    fn a_missing_object_is_told_from_a_missing_namespace() {
        let object =
            json!({"reason": "NotFound", "message": "gone", "details": {"name": "web", "kind": "pods"}});
        assert_eq!(refusal_of(404, &object), Failure::NotFound);
        let namespace = json!({"message": "m", "details": {"name": "tarn", "kind": "namespaces"}});
        let failure = refusal_of(404, &namespace);
        assert!(matches!(failure, Failure::Refused { status: 404, .. }));
        assert_eq!(failure.class(), Class::Waiting);
    }

    #[test]
    fn a_conflict_names_managers_and_fields() {
        let body = json!({"reason": "Conflict", "message": "m", "details": {"causes": [{
            "reason": "FieldManagerConflict", "field": ".spec.replicas",
            "message": "conflict with \"kubectl\" using apps/v1"}]}});
        let failure = refusal_of(409, &body);
        assert_eq!(
            failure.to_string(),
            "conflict with other field managers: kubectl owns .spec.replicas"
        );
        assert_eq!(failure.class(), Class::Permanent);
        let stale = refusal_of(409, &json!({"message": "the object has been modified"}));
        assert_eq!(stale.class(), Class::Transient);
    }

    #[test]
    fn members_outside_the_schema_are_named_though_the_server_says_500() {
        let message = "failed to create typed patch object (/x; apps/v1, Kind=Deployment): errors:\n  \
            .spec.template.spec.containers[name=\"q\"].imag: field not declared in schema\n  \
            .spec.x: field not declared in schema";
        let failure = refusal_of(500, &json!({"message": message}));
        assert_eq!(failure.class(), Class::Permanent);
        let Failure::Refused { causes, .. } = failure else {
            panic!("{failure}")
        };
        assert_eq!(causes[0].field, "spec.template.spec.containers[name=\"q\"].imag");
        assert_eq!(causes[1].field, "spec.x");
    }

    #[test]
    fn classes_follow_from_the_status() {
        for (status, class) in [
            (401, Class::Permanent),
            (403, Class::Permanent),
            (422, Class::Permanent),
            (302, Class::Permanent),
            (429, Class::Transient),
            (500, Class::Transient),
            (502, Class::Transient),
            (503, Class::Transient),
        ] {
            assert_eq!(
                refusal_of(status, &json!({"message": "m"})).class(),
                class,
                "{status}"
            );
            assert_eq!(
                read_refusal(status, b"<html>", None).class(),
                class,
                "{status} without a Status"
            );
        }
    }
}
