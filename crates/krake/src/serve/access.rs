//! Configuration of who is who and who may do what.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who is who.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AuthenticationConfig {
    /// Whether requests without credentials are allowed, as `system:anonymous`.
    pub allow_anonymous: bool,
    /// Origin that browsers may call from; `*` (any) by default.
    pub cors_origin: Option<String>,
    /// How users are recognised.
    pub strategy: StrategyConfig,
}

/// How users are recognised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StrategyConfig {
    /// Every request comes from one user.
    #[serde(rename = "static")]
    pub static_user: StaticConfig,
    /// Tokens of Keystone: not there yet.
    pub keystone: ExternalConfig,
    /// Tokens of Keycloak: not there yet.
    pub keycloak: ExternalConfig,
}

/// One user for every request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StaticConfig {
    /// Whether it is used; when nothing is said, it is unless clients show certificates or may be anonymous.
    pub enabled: Option<bool>,
    /// Name of the user.
    pub name: String,
}

impl Default for StaticConfig {
    fn default() -> Self {
        Self {
            enabled: None,
            name: "system:admin".to_owned(),
        }
    }
}

/// A strategy that asks another server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ExternalConfig {
    /// Whether it is used.
    pub enabled: bool,
    /// Its URL.
    pub endpoint: Option<String>,
    /// Realm, for Keycloak.
    pub realm: Option<String>,
}

/// Who may do what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorizationMode {
    /// Everybody may do everything.
    #[default]
    AlwaysAllow,
    /// Nobody may do anything.
    AlwaysDeny,
    /// Roles and role bindings decide.
    #[serde(rename = "RBAC")]
    #[value(name = "RBAC", alias = "rbac")]
    Rbac,
}

impl AuthorizationMode {
    /// Name in files and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::AlwaysAllow => "always-allow",
            Self::AlwaysDeny => "always-deny",
            Self::Rbac => "RBAC",
        }
    }
}
