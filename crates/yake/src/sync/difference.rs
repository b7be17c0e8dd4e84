//! What applying would change, object by object and member by member, with secrets masked. Pure.

use std::fmt;

use common::graph::Permission;
use serde::Serialize;
use serde_json::Value;

use super::parts::{Application, Change, content};
use crate::build::SecretFields;
use crate::mask;

/// What would happen to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It is new.
    Create,
    /// Members change.
    Change,
    /// It is deleted and made anew.
    Recreate,
    /// It is deleted.
    Delete,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Recreate => "make anew",
            Self::Delete => "delete",
        })
    }
}

/// An object that would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectDifference {
    /// What would happen.
    pub action: Action,
    /// Which, `Deployment tarn/web`.
    pub object: String,
    /// File and line from which it comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What of it.
    pub members: Vec<MemberDifference>,
    /// Why it must not happen, and what would permit it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
}

/// A member that would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberDifference {
    /// JSON pointer.
    pub pointer: String,
    /// Value now; none if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Value then; none if it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl ObjectDifference {
    /// Of a change that a part would make; none for inventories.
    pub(super) fn of(change: &Change, permission: &Permission) -> Option<Self> {
        let withheld = match permission {
            Permission::Given => None,
            Permission::Missing(reason) => Some(reason.clone()),
        };
        match change {
            Change::Apply(application) => Some(Self::of_application(application)),
            Change::Delete(entry) => Some(Self {
                action: Action::Delete,
                object: entry.id.to_string(),
                origin: None,
                members: Vec::new(),
                withheld,
            }),
            Change::Remember(_) | Change::Forget(_) => None,
        }
    }

    /// Of an object that is to be applied.
    pub(super) fn of_application(application: &Application) -> Self {
        let manifest = application.manifest();
        let action = match (application.before(), application.after()) {
            (None, _) => Action::Create,
            (Some(_), Some(_)) => Action::Change,
            (Some(_), None) => Action::Recreate,
        };
        let origin = &manifest.origin;
        let origin = origin
            .line
            .map_or_else(|| origin.file.clone(), |line| format!("{}:{line}", origin.file));
        let before = application.before().map_or(Value::Null, content);
        let after = content(application.after().unwrap_or_else(|| application.wanted()));
        let members = match action {
            Action::Create => Vec::new(),
            Action::Change | Action::Recreate | Action::Delete => masked(&before, &after, &manifest.secrets),
        };
        Self {
            action,
            object: application.id().to_string(),
            origin: Some(origin),
            members,
            withheld: None,
        }
    }
}

fn masked(before: &Value, after: &Value, secrets: &SecretFields) -> Vec<MemberDifference> {
    let (before, after) = mask::pair(before, after, secrets);
    let mut members = Vec::new();
    compare(&before, &after, &mut String::new(), &mut members);
    members
}

/// Members that differ. Lists of one length are compared entry by entry, others as a whole.
pub(super) fn compare(before: &Value, after: &Value, at: &mut String, found: &mut Vec<MemberDifference>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Value::Object(one), Value::Object(other)) => {
            let names: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
            for name in names {
                let length = at.len();
                at.push('/');
                at.push_str(&name.replace('~', "~0").replace('/', "~1"));
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => compare(one, other, at, found),
                    (before, after) => found.push(MemberDifference {
                        pointer: at.clone(),
                        before: before.cloned(),
                        after: after.cloned(),
                    }),
                }
                at.truncate(length);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                let length = at.len();
                at.push('/');
                at.push_str(&index.to_string());
                compare(one, other, at, found);
                at.truncate(length);
            }
        }
        (before, after) => found.push(MemberDifference {
            pointer: at.clone(),
            before: Some(before.clone()),
            after: Some(after.clone()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_named_by_pointers_and_secrets_are_masked() {
        let kind = crate::build::Kind::new("v1", "Secret");
        let before = json!({"data": {"a/b": "T05F", "c": "c2FtZQ=="}, "metadata": {"labels": {"x": "1"}}});
        let after = json!({"data": {"a/b": "VFdP", "c": "c2FtZQ=="}, "metadata": {"labels": {"x": "2"}}});
        let members = masked(&before, &after, &SecretFields::of_kind(&kind));
        let text = serde_json::to_string(&members).unwrap();
        assert!(!text.contains("T05F") && !text.contains("VFdP"), "{text}");
        let pointers: Vec<_> = members.iter().map(|member| member.pointer.as_str()).collect();
        assert_eq!(pointers, ["/data/a~1b", "/metadata/labels/x"]);
    }

    #[test]
    fn entries_of_lists_are_compared_one_by_one_while_their_number_is_the_same() {
        let mut found = Vec::new();
        let containers = |image: &str| json!({"c": [{"name": "a", "image": image}]});
        compare(
            &containers("x:1"),
            &containers("x:2"),
            &mut String::new(),
            &mut found,
        );
        assert_eq!(found[0].pointer, "/c/0/image");
        found.clear();
        compare(
            &json!({"c": [1]}),
            &json!({"c": [1, 2]}),
            &mut String::new(),
            &mut found,
        );
        assert_eq!(found[0].pointer, "/c");
    }
}
