//! Roles and role bindings (group `core`, global).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::kind;
use super::{ApiTag, KindTag, Metadata, Scope, Violations};

/// What may be done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "create, list, get, update, delete say themselves")]
pub enum Verb {
    Create,
    List,
    /// Listing over all namespaces; the original knows the word but never asks for it.
    ListAll,
    Get,
    Update,
    Delete,
}

/// Grants verbs on resources of an API group in namespaces; an empty string stands for every one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoleRule {
    /// API group, empty for all.
    pub api: String,
    /// Plurals, `plural/subresource`, or empty for all.
    pub resources: Vec<String>,
    /// Namespaces, or empty for all.
    pub namespaces: Vec<String>,
    /// Verbs.
    pub verbs: Vec<Verb>,
}

/// A set of rules under a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Role {
    /// `core`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `Role`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// Rules; any of them grants.
    pub rules: Vec<RoleRule>,
}
kind!(Role, "core", "roles", Global, secrets: []);

impl Role {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Global, violations);
    }
}

/// Gives roles to users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoleBinding {
    /// `core`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `RoleBinding`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// User names.
    pub users: Vec<String>,
    /// Role names.
    pub roles: Vec<String>,
}
kind!(RoleBinding, "core", "rolebindings", Global, secrets: []);

impl RoleBinding {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Global, violations);
    }
}

/// Whoever makes a request, once authenticated: a plain user name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity(pub String);
