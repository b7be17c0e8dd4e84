//! Values that must not reach logs: their `Debug` says nothing. They are serialised, since the store and
//! the owner's client need them; the server redacts them for everybody else (`Kind::SECRETS`).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A password, token or key.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(super::REDACTED)
    }
}

/// An object whose members are not ours to know but secret: a kubeconfig.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SecretObject(Map<String, Value>);

impl SecretObject {
    /// Wraps an object.
    pub fn new(object: Map<String, Value>) -> Self {
        Self(object)
    }

    /// The object itself, for the one place that needs it.
    pub fn expose(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SecretObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(super::REDACTED)
    }
}
