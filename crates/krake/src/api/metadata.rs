//! Metadata, references and the rules for names and labels.

use std::collections::BTreeMap;
use std::fmt;

use common::resource::{is_label_key, is_label_value, is_resource_name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Scope, Timestamp, Violations};

/// Finalizer that the API appends on deletion and the garbage collector takes away.
pub const CASCADE_DELETION: &str = "cascade_deletion";
/// Finalizer of the application controller: objects on clusters remain to be deleted.
pub const KUBERNETES_RESOURCES_DELETION: &str = "kubernetes_resources_deletion";
/// What is said of an owner in another namespace.
pub const FOREIGN_OWNER: &str = "An owner must be global or in the namespace of the object that it owns.";

/// What every object carries beside its own members.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    /// Name, unique within kind and namespace; immutable. 1–255 word characters, `-`, `_`, `.`, `:`.
    pub name: String,
    /// Namespace; taken from the URL on creation; null for global kinds; immutable.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Labels for constraints and selectors.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Whether a cluster takes over the labels of its cloud during scheduling.
    #[serde(default)]
    pub inherit_labels: bool,
    /// Ordered; a controller acts only when its own finalizer is the last one.
    #[serde(default)]
    pub finalizers: Vec<String>,
    /// Set by the server at creation.
    #[serde(default)]
    pub uid: String,
    /// Set by the server at creation.
    #[serde(default)]
    pub created: Timestamp,
    /// Set by the server whenever metadata or spec change, not by status changes.
    #[serde(default)]
    pub modified: Timestamp,
    /// Set by the server on deletion; never unset.
    #[serde(default)]
    pub deleted: Option<Timestamp>,
    /// Whose deletion takes this object along.
    #[serde(default)]
    pub owners: Vec<ResourceRef>,
    /// Store revision of this copy, opaque to clients. Sent back in a write, it makes the write conditional.
    /// Beyond the original.
    #[serde(default, rename = "resourceVersion", skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
}

impl Metadata {
    /// Metadata of a namespaced object that is yet to be created.
    pub fn named(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            namespace: Some(namespace.into()),
            ..Self::default()
        }
    }

    /// Whether `deleted` is set.
    pub fn is_deleted(&self) -> bool {
        self.deleted.is_some()
    }

    /// The finalizer whose controller has to act now.
    pub fn last_finalizer(&self) -> Option<&str> {
        self.finalizers.last().map(String::as_str)
    }

    /// Checks name, namespace, labels and owner references for a kind of the given scope.
    pub fn check(&self, scope: Scope, violations: &mut Violations) {
        let check_name = |path: &str, name: &str, violations: &mut Violations| {
            if !is_resource_name(name) {
                violations.add(path, "Invalid character in resource name.");
            }
        };
        check_name("metadata.name", &self.name, violations);
        // The server takes the namespace from the URL, and away from global kinds.
        if let (Some(namespace), Scope::Namespaced) = (&self.namespace, scope) {
            check_name("metadata.namespace", namespace, violations);
        }
        for (key, value) in &self.labels {
            if !is_label_key(key) {
                violations.add(
                    format!("metadata.labels.{key}"),
                    format!("Invalid label key '{key}'."),
                );
            }
            if !is_label_value(value) {
                violations.add(
                    format!("metadata.labels.{key}"),
                    format!("Invalid label value '{value}'."),
                );
            }
        }
        for (index, owner) in self.owners.iter().enumerate() {
            self.check_owner(index, owner, violations);
        }
    }

    fn check_owner(&self, index: usize, owner: &ResourceRef, violations: &mut Violations) {
        if !self.may_be_owned_by(owner) {
            violations.add(format!("metadata.owners.{index}.namespace"), FOREIGN_OWNER);
        }
    }

    /// An owner must live in the same namespace or be global: otherwise anybody could tie the deletion of a
    /// stranger's object to their own (kubernetes/kubernetes#65200).
    pub fn may_be_owned_by(&self, owner: &ResourceRef) -> bool {
        owner.namespace.is_none() || owner.namespace == self.namespace
    }
}

/// Names an object from elsewhere. Identity by name, as in the original.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ResourceRef {
    /// API group.
    pub api: String,
    /// Namespace, null for global kinds.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
}

impl ResourceRef {
    /// Reference to an object of kind `K`.
    pub fn to<K: Kind>(namespace: Option<&str>, name: &str) -> Self {
        Self {
            api: K::API.to_owned(),
            namespace: namespace.map(str::to_owned),
            kind: K::KIND.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Whether the reference names the kind `K`.
    pub fn is<K: Kind>(&self) -> bool {
        self.api == K::API && self.kind == K::KIND
    }
}

impl fmt::Display for ResourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// Metadata of a list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListMetadata {
    /// Revision of the list: a watch from here misses nothing. Beyond the original.
    #[serde(default, rename = "resourceVersion", skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// Token for the next page when the list was cut by `limit`. Beyond the original.
    #[serde(default, rename = "continue", skip_serializing_if = "Option::is_none")]
    pub continue_token: Option<String>,
}

/// A list of objects as the API sends it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct List<T> {
    /// API group.
    pub api: String,
    /// `<Kind>List`.
    pub kind: String,
    /// Revision and paging.
    #[serde(default)]
    pub metadata: ListMetadata,
    /// The objects, in key order.
    pub items: Vec<T>,
}

/// What happened to an object, on a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WatchEventType {
    /// Created.
    Added,
    /// Changed.
    Modified,
    /// Erased; the object is its last state with the revision of the deletion.
    Deleted,
    /// The watch cannot go on; the object is a problem document. Beyond the original.
    Error,
}

/// One line of a watch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WatchEvent<T> {
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: WatchEventType,
    /// To what.
    pub object: T,
}
