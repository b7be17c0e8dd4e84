//! What the fields of a kind may be: the structural schemas of definitions and of API servers, as far as a check
//! uses them.
//!
//! Descriptions and rules in CEL are not kept: the first are for people, the second are judged by the API server.

mod collect;
mod format;
mod listed;
mod matching;
mod set;
mod walk;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

pub use collect::{CollectError, from_definition, from_openapi};
pub use listed::{ListedError, from_list};
pub use set::{Bundle, KindSchema, Schemas, Scope, UnpackError};
pub(super) use walk::{Violation, violations};

/// What a value may be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the marks of the format")]
pub struct Schema {
    /// Name of a definition that holds besides.
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<Type>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) properties: BTreeMap<String, Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<Additional>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<String>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(super) values: Vec<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<f64>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) exclusive_minimum: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) exclusive_maximum: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_items: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_items: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_properties: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_properties: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) all_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) one_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not: Option<Box<Schema>>,
    /// There is a default, so that a required field may be left out.
    #[serde(
        rename = "default",
        deserialize_with = "is_given",
        skip_serializing_if = "is_false"
    )]
    pub(super) has_default: bool,
    #[serde(rename = "x-kubernetes-int-or-string", skip_serializing_if = "is_false")]
    pub(super) int_or_string: bool,
    #[serde(
        rename = "x-kubernetes-preserve-unknown-fields",
        skip_serializing_if = "is_false"
    )]
    pub(super) is_open: bool,
    #[serde(rename = "x-kubernetes-embedded-resource", skip_serializing_if = "is_false")]
    pub(super) is_embedded: bool,
    #[serde(rename = "x-kubernetes-list-type", skip_serializing_if = "Option::is_none")]
    pub(super) list_type: Option<String>,
    #[serde(rename = "x-kubernetes-list-map-keys", skip_serializing_if = "Vec::is_empty")]
    pub(super) list_keys: Vec<String>,
}

/// Kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Type {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
}

/// What members without a property of their own may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Additional {
    /// Anything, or nothing.
    Allowed(bool),
    /// This.
    Schema(Box<Schema>),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

fn is_given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl Schema {
    /// Another definition.
    pub(super) fn reference(name: &str) -> Self {
        Self {
            reference: Some(name.to_owned()),
            ..Self::default()
        }
    }

    /// All schemas inside of it.
    pub(super) fn below(&self) -> impl Iterator<Item = &Schema> {
        let additional = match &self.additional_properties {
            Some(Additional::Schema(schema)) => Some(schema.as_ref()),
            Some(Additional::Allowed(_)) | None => None,
        };
        self.properties
            .values()
            .chain(additional)
            .chain(self.items.as_deref())
            .chain(&self.all_of)
            .chain(&self.any_of)
            .chain(&self.one_of)
            .chain(self.not.as_deref())
    }
}
