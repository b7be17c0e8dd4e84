//! What a server said about an object with secrets, without what it quoted of them. API servers put the values that
//! they refuse into their messages (kubernetes/kubernetes#82421), and webhooks say what they like: so nothing of a
//! message passes, but words that are known to hold no value.

use std::sync::LazyLock;

use common::kube::{Cause, Failure};
use regex::Regex;

/// How a call about an object with secrets failed, in words without its values.
pub fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Refused {
            status,
            reason,
            message,
            causes,
        } => {
            let words = words(message, causes);
            let reason = name(reason)
                .map(|reason| format!(" ({reason})"))
                .unwrap_or_default();
            format!("refused with status {status}{reason}: {words}")
        }
        Failure::Stale { .. } => "changed meanwhile".to_owned(),
        Failure::Overloaded { status, .. } => format!("overloaded (status {status})"),
        Failure::Invalid { .. } => "not a usable object".to_owned(),
        Failure::Unreadable { .. } => "unreadable answer".to_owned(),
        Failure::Kubeconfig { .. }
        | Failure::Unreachable { .. }
        | Failure::Timeout { .. }
        | Failure::Conflict { .. }
        | Failure::NotFound
        | Failure::UnknownKind { .. } => failure.to_string(),
    }
}

/// A word of Kubernetes' own, if it is one.
fn name(reason: &str) -> Option<&str> {
    let is_word = !reason.is_empty() && reason.chars().all(|letter| letter.is_ascii_alphabetic());
    is_word.then_some(reason)
}

fn words(message: &str, causes: &[Cause]) -> String {
    let mut words: Vec<String> = Vec::new();
    for phrase in causes.iter().map(complaint).chain(known_phrases(message)) {
        if !words.contains(&phrase) {
            words.push(phrase);
        }
    }
    if words.is_empty() {
        "the server's words are not shown, since they may quote a secret".to_owned()
    } else {
        words.join("; ")
    }
}

/// A complaint about a field: where, and what by its reason.
fn complaint(cause: &Cause) -> String {
    let field = path(&cause.field);
    let what = if cause.message.contains("field not declared in schema") {
        "is no field of this kind"
    } else if let Some(wanted) = wanted_type(&cause.message) {
        return format!("{field} must be {wanted}");
    } else if cause.message.contains("immutable") {
        "cannot be changed"
    } else {
        of_reason(&cause.reason)
    };
    format!("{field} {what}")
}

fn of_reason(reason: &str) -> &'static str {
    match reason {
        "FieldValueInvalid" => "is invalid",
        "FieldValueRequired" => "is missing",
        "FieldValueDuplicate" => "is there twice",
        "FieldValueNotFound" => "refers to what does not exist",
        "FieldValueNotSupported" => "is not one of the supported values",
        "FieldValueForbidden" => "is forbidden",
        "FieldValueTooLong" => "is too long",
        "FieldValueTooMany" => "has too many entries",
        "FieldValueTypeInvalid" => "is of the wrong type",
        _ => "is refused",
    }
}

/// A path without values: entries of lists that are named by a value lose it.
fn path(field: &str) -> String {
    static VALUES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"\[[^\]]*[="][^\]]*\]"#).ok());
    let shown = match &*VALUES {
        Some(values) => values.replace_all(field, "[*]").into_owned(),
        None => String::new(),
    };
    let shown = shown.trim_start_matches('.');
    if shown.is_empty() {
        "the object".to_owned()
    } else {
        shown.to_owned()
    }
}

/// What stands before `, got …` in the complaint of a server-side apply.
fn wanted_type(message: &str) -> Option<&'static str> {
    [
        ("expected string, got", "a string"),
        ("expected map, got", "an object"),
        ("expected list, got", "a list"),
        ("expected numeric (int or float), got", "a number"),
        ("expected boolean, got", "true or false"),
    ]
    .into_iter()
    .find_map(|(begin, wanted)| message.contains(begin).then_some(wanted))
}

/// Phrases that API servers write themselves, of names alone.
const PHRASES: &[&str] = &[
    r#"User "[^"\s]+" cannot [a-z]+ resource "[a-z./]+" in API group "[a-z0-9.-]*"(?: in the namespace "[a-z0-9-]+"| at the cluster scope)?"#,
    r"exceeded quota: [a-z0-9.-]+",
    r#"namespaces "[a-z0-9-]+" not found"#,
    r"unable to create new content in namespace [a-z0-9-]+ because it is being terminated",
    r#"admission webhook "[a-zA-Z0-9./-]+" denied the request"#,
    r"ValidatingAdmissionPolicy '[a-zA-Z0-9./-]+' with binding '[a-zA-Z0-9./-]+' denied request",
    r#"(?:unknown|duplicate) field "[a-zA-Z0-9._\[\]-]+""#,
    r"\.[a-zA-Z0-9._-]+: expected (?:string|map|list|boolean|numeric)",
    r"illegal base64 data at input byte [0-9]+",
];

fn known_phrases(message: &str) -> Vec<String> {
    static KNOWN: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        PHRASES
            .iter()
            .filter_map(|phrase| Regex::new(phrase).ok())
            .collect()
    });
    let found = KNOWN.iter().flat_map(|phrase| phrase.find_iter(message));
    found.map(|phrase| as_complaint(phrase.as_str())).collect()
}

fn as_complaint(phrase: &str) -> String {
    match phrase.split_once(": expected ") {
        Some((field, kind)) => complaint(&Cause {
            field: field.to_owned(),
            reason: String::new(),
            message: format!("expected {kind}, got").replace("numeric,", "numeric (int or float),"),
        }),
        None => phrase.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str, causes: &[(&str, &str, &str)]) -> String {
        let causes = causes.iter().map(|(field, reason, message)| Cause {
            field: (*field).to_owned(),
            reason: (*reason).to_owned(),
            message: (*message).to_owned(),
        });
        failure(&Failure::Refused {
            status: 422,
            reason: "Invalid".to_owned(),
            message: message.to_owned(),
            causes: causes.collect(),
        })
    }

    /// Y9
    #[test]
    fn a_value_of_the_wrong_type_is_named_by_its_path_and_never_quoted() {
        let got = "expected string, got &value.valueUnstructured{Value:40917733}";
        let message =
            format!("failed to create typed patch object (a/db; /v1, Kind=Secret): .stringData.pin: {got}");
        for causes in [&[][..], &[("stringData.pin", "FieldValueInvalid", got)]] {
            let said = refused(&message, causes);
            assert_eq!(
                said,
                "refused with status 422 (Invalid): stringData.pin must be a string"
            );
        }
    }

    #[test]
    fn what_is_not_known_to_be_harmless_does_not_pass() {
        let cause = (
            "spec.list[name=\"CANARY\"].value",
            "FieldValueInvalid",
            "Invalid value: \"CANARY\": must not",
        );
        let said = refused("Secret \"db\" is invalid: CANARY", &[cause]);
        assert_eq!(
            said,
            "refused with status 422 (Invalid): spec.list[*].value is invalid"
        );
        let said = refused(
            "admission webhook \"x.example.test\" denied the request: CANARY is weak",
            &[],
        );
        assert_eq!(
            said,
            "refused with status 422 (Invalid): admission webhook \"x.example.test\" denied the request"
        );
        assert!(!refused("error decoding: CANARY", &[]).contains("CANARY"));
        for other in [
            Failure::Stale {
                message: "CANARY".to_owned(),
            },
            Failure::Invalid {
                why: "CANARY".to_owned(),
            },
            Failure::Unreadable {
                why: "CANARY".to_owned(),
            },
            Failure::Overloaded {
                status: 429,
                message: "CANARY".to_owned(),
                retry_after: None,
            },
        ] {
            assert!(!failure(&other).contains("CANARY"));
        }
    }

    #[test]
    fn who_may_not_do_what_and_which_quota_is_full_is_said() {
        let denied = "secrets \"db\" is forbidden: User \"u\" cannot patch resource \"secrets\" in API group \"\" in \
                      the namespace \"a\"";
        assert!(
            refused(denied, &[])
                .ends_with("cannot patch resource \"secrets\" in API group \"\" in the namespace \"a\"")
        );
        let full = "secrets \"db\" is forbidden: exceeded quota: small, requested: count/secrets=1";
        assert!(refused(full, &[]).ends_with("exceeded quota: small"));
    }
}
