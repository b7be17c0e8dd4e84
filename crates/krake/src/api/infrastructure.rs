//! Infrastructure providers (group `infrastructure`): stored and validated; no controller acts on them yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::kind;
use super::{ApiTag, KindTag, Metadata, Scope, SecretText, Violations};

/// How to reach an infrastructure provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
#[expect(missing_docs, reason = "the variant wraps the body of its own name")]
pub enum InfrastructureProviderSpec {
    Im { im: ImSpec },
}

/// An Infrastructure Manager (`GRyCAP`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImSpec {
    /// Base URL.
    pub url: String,
    /// User name.
    #[serde(default)]
    pub username: Option<String>,
    /// Password.
    #[serde(default)]
    pub password: Option<SecretText>,
    /// Token, instead of user name and password.
    #[serde(default)]
    pub token: Option<SecretText>,
}

impl InfrastructureProviderSpec {
    fn check(&self, violations: &mut Violations) {
        let Self::Im { im } = self;
        if im.token.is_none() && (im.username.is_none() || im.password.is_none()) {
            violations.add(
                "spec.im._schema",
                "At least one authentication should be defined in the IM infrastructure provider spec.",
            );
        }
    }
}

/// A provider for clouds of all namespaces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GlobalInfrastructureProvider {
    /// `infrastructure`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `GlobalInfrastructureProvider`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// How to reach it.
    pub spec: InfrastructureProviderSpec,
}
kind!(GlobalInfrastructureProvider, "infrastructure", "globalinfrastructureproviders", Global,
    secrets: ["/spec/im/password", "/spec/im/token"]);

impl GlobalInfrastructureProvider {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Global, violations);
        self.spec.check(violations);
    }
}

/// A provider for clouds of one namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InfrastructureProvider {
    /// `infrastructure`.
    #[serde(default)]
    pub api: ApiTag<Self>,
    /// `InfrastructureProvider`.
    #[serde(default)]
    pub kind: KindTag<Self>,
    /// Metadata.
    pub metadata: Metadata,
    /// How to reach it.
    pub spec: InfrastructureProviderSpec,
}
kind!(InfrastructureProvider, "infrastructure", "infrastructureproviders", Namespaced,
    secrets: ["/spec/im/password", "/spec/im/token"]);

impl InfrastructureProvider {
    fn check(&self, violations: &mut Violations) {
        self.metadata.check(Scope::Namespaced, violations);
        self.spec.check(violations);
    }
}
