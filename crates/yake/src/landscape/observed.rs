//! An object as it was observed, read without types: the groups of a landscape change faster than types would.

use serde_json::Value;

use super::Version;

/// Key of the annotation by which an operation is asked for. The controller removes it when it begins.
const OPERATION: &str = "gardener.cloud/operation";
/// Key of the annotation that freezes a shoot: Gardener does not reconcile it.
const IGNORE: &str = "shoot.gardener.cloud/ignore";

#[derive(Debug, Clone, Copy)]
pub(super) struct Observed<'a>(&'a Value);

impl<'a> Observed<'a> {
    pub(super) fn new(object: &'a Value) -> Self {
        Self(object)
    }

    pub(super) fn group(self) -> &'a str {
        let version = self.text("/apiVersion").unwrap_or_default();
        version.split_once('/').map_or("", |(group, _)| group)
    }

    pub(super) fn kind(self) -> &'a str {
        self.text("/kind").unwrap_or_default()
    }

    pub(super) fn namespace(self) -> Option<&'a str> {
        self.text("/metadata/namespace")
    }

    pub(super) fn name(self) -> &'a str {
        self.text("/metadata/name").unwrap_or_default()
    }

    pub(super) fn value(self, pointer: &str) -> Option<&'a Value> {
        self.0.pointer(pointer)
    }

    pub(super) fn text(self, pointer: &str) -> Option<&'a str> {
        self.value(pointer)?.as_str()
    }

    /// What is there and is a version.
    pub(super) fn version(self, pointer: &str) -> Option<Version> {
        self.text(pointer)?.parse().ok()
    }

    pub(super) fn integer(self, pointer: &str) -> Option<i64> {
        self.0.pointer(pointer)?.as_i64()
    }

    pub(super) fn list(self, pointer: &str) -> impl Iterator<Item = &'a Value> {
        let list = self.0.pointer(pointer).and_then(Value::as_array);
        list.into_iter().flatten()
    }

    pub(super) fn has(self, pointer: &str) -> bool {
        self.0.pointer(pointer).is_some_and(|value| !value.is_null())
    }

    /// The annotation is `true`.
    pub(super) fn has_annotation(self, key: &str) -> bool {
        self.annotation(key) == Some("true")
    }

    pub(super) fn object(self) -> &'a Value {
        self.0
    }

    fn annotation(self, key: &str) -> Option<&'a str> {
        self.0.pointer("/metadata/annotations")?.get(key)?.as_str()
    }

    pub(super) fn label(self, key: &str) -> Option<&'a str> {
        self.0.pointer("/metadata/labels")?.get(key)?.as_str()
    }

    pub(super) fn generation(self) -> i64 {
        self.integer("/metadata/generation").unwrap_or_default()
    }

    pub(super) fn is_frozen(self) -> bool {
        self.has_annotation(IGNORE)
    }

    pub(super) fn is_being_deleted(self) -> bool {
        self.has("/metadata/deletionTimestamp")
    }

    /// Operations that were asked for and have not begun.
    pub(super) fn pending_operation(self) -> Option<&'a str> {
        self.annotation(OPERATION)
    }

    /// The controller has seen the newest specification. Kinds without the field count as not seen.
    pub(super) fn is_current(self) -> bool {
        self.integer("/status/observedGeneration") == Some(self.generation())
    }
}
