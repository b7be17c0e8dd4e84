//! Values by name, and which of them must not be shown.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::object::Object;
use super::super::value::{Map, Value};

/// Variables. Where a name is given twice, what came later is meant.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables {
    values: BTreeMap<String, String>,
    secret: BTreeSet<String>,
}

/// Names only.
impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// An object that cannot be a source of variables.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Only two kinds hold variables.
    #[error("{0} is neither a ConfigMap nor a Secret")]
    Kind(String),
    /// The bytes are no text.
    #[error("data.{key} of {object} is no text")]
    NotText {
        /// Object.
        object: String,
        /// Key.
        key: String,
    },
}

impl Variables {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Gives a variable a value that may be shown.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.secret.remove(&name);
        self.values.insert(name, value.into());
    }

    /// Gives a variable a value that must not be shown. What it is put into must not be shown either.
    pub fn insert_secret(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.secret.insert(name.clone());
        self.values.insert(name, value.into());
    }

    /// Adds the data of a `ConfigMap` or a Secret, as `substituteFrom` of Flux does.
    pub fn insert_object(&mut self, object: &Object) -> Result<(), SourceError> {
        let kind = object.kind();
        let is_secret = match (kind.group.as_str(), kind.kind.as_str()) {
            ("", "ConfigMap") => false,
            ("", "Secret") => true,
            _ => return Err(SourceError::Kind(object.identity().to_string())),
        };
        let hidden = object.secret_fields();
        for field in ["data", "stringData"] {
            let members = object.value.get(field).and_then(Value::as_map);
            for (key, value) in members.into_iter().flat_map(Map::iter) {
                let text = value.scalar().unwrap_or_default();
                let text = if is_secret && field == "data" {
                    decoded(&text).ok_or_else(|| SourceError::NotText {
                        object: object.identity().to_string(),
                        key: key.clone(),
                    })?
                } else {
                    text
                };
                if hidden.hides(field) {
                    self.insert_secret(key, text);
                } else {
                    self.insert(key, text);
                }
            }
        }
        Ok(())
    }

    /// The value of a variable.
    pub(super) fn get(&self, name: &str) -> Option<&String> {
        self.values.get(name)
    }

    /// The value of a variable must not be shown.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        self.secret.contains(name)
    }
}

fn decoded(text: &str) -> Option<String> {
    let letters: String = text.split_whitespace().collect();
    String::from_utf8(STANDARD.decode(letters).ok()?).ok()
}

impl Extend<(String, String)> for Variables {
    fn extend<T: IntoIterator<Item = (String, String)>>(&mut self, pairs: T) {
        for (name, value) in pairs {
            self.insert(name, value);
        }
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        let mut variables = Self::default();
        variables.extend(pairs);
        variables
    }
}

impl<const N: usize> From<[(String, String); N]> for Variables {
    fn from(pairs: [(String, String); N]) -> Self {
        pairs.into_iter().collect()
    }
}
