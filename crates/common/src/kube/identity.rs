//! Which object: the four parts of a Kubernetes object's identity.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Identity of an object on one cluster. Without a namespace it is cluster-scoped, or the namespace is still to
/// be filled in from the connection's default ([`Connection::identify`](super::Connection::identify)).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectId {
    /// `v1`, `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Namespace.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

impl ObjectId {
    /// Reads the identity from an object; `Err` names the member that is missing or not a text.
    pub fn of(object: &Value) -> Result<Self, &'static str> {
        let namespace = match object.pointer("/metadata/namespace") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => return Err("metadata.namespace"),
        };
        Ok(Self {
            api_version: text(object, "/apiVersion").ok_or("apiVersion")?,
            kind: text(object, "/kind").ok_or("kind")?,
            namespace,
            name: text(object, "/metadata/name").ok_or("metadata.name")?,
        })
    }

    /// The API group, empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Group, kind, namespace and name: what stays the same when an object is asked for in another version.
    pub fn versionless(&self) -> (&str, &str, Option<&str>, &str) {
        (self.group(), &self.kind, self.namespace.as_deref(), &self.name)
    }
}

fn text(object: &Value, pointer: &str) -> Option<String> {
    let text = object.pointer(pointer)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_identity_is_read_and_printed() {
        let id = ObjectId::of(&json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "tarn"}}));
        let id = id.unwrap();
        assert_eq!(id.to_string(), "Deployment tarn/web");
        assert_eq!(id.group(), "apps");
    }

    #[test]
    fn a_missing_member_is_named() {
        let missing = |object| ObjectId::of(&object).unwrap_err();
        assert_eq!(
            missing(json!({"kind": "Pod", "metadata": {"name": "a"}})),
            "apiVersion"
        );
        assert_eq!(
            missing(json!({"apiVersion": "v1", "metadata": {"name": "a"}})),
            "kind"
        );
        assert_eq!(
            missing(json!({"apiVersion": "v1", "kind": "Pod"})),
            "metadata.name"
        );
        let odd = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": 3}});
        assert_eq!(missing(odd), "metadata.namespace");
    }
}
