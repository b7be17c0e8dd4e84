//! Which parts of an object nobody may see.

use std::collections::BTreeSet;

use super::identity::Kind;
use super::value::Value;

/// What an object is known by: it is never hidden, whatever was encrypted of it.
const PUBLIC: [&str; 4] = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];

/// Fields whose values are secret: names at the top of an object, or `metadata.NAME`. Names of members below them are
/// not secret, as they are not for sops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretFields(BTreeSet<String>);

impl SecretFields {
    /// What is secret in every object of a kind, whether its file was encrypted or not.
    pub fn of_kind(kind: &Kind) -> Self {
        let is_secret = kind.group.is_empty() && kind.kind == "Secret";
        let names = ["data", "stringData"].iter().filter(|_| is_secret);
        Self(names.map(|name| (*name).to_owned()).collect())
    }

    /// Everything but what an object is known by.
    pub fn all_of(value: &Value) -> Self {
        let mut fields = Self::default();
        fields.collect(value, &|_| true);
        fields
    }

    /// The fields of an object as it stands encrypted in its file that hold something encrypted.
    pub(super) fn encrypted(value: &Value) -> Self {
        let mut fields = Self::default();
        fields.collect(value, &has_ciphertext);
        fields
    }

    fn collect(&mut self, value: &Value, is_wanted: &dyn Fn(&Value) -> bool) {
        for (name, value) in value.as_map().into_iter().flatten() {
            if name != "metadata" {
                if is_wanted(value) {
                    self.add([name]);
                }
                continue;
            }
            for (below, value) in value.as_map().into_iter().flatten() {
                if is_wanted(value) {
                    self.add([name, below]);
                }
            }
        }
    }

    /// Nothing is secret.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Hides the field that a path leads into.
    pub fn add<'a>(&mut self, path: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>) {
        let mut path = path.into_iter().map(AsRef::as_ref);
        let field = match (path.next(), path.next()) {
            (Some("metadata"), Some(below)) => format!("metadata.{below}"),
            (Some(name), _) => name.to_owned(),
            (None, _) => return,
        };
        if !PUBLIC.contains(&field.as_str()) {
            self.0.insert(field);
        }
    }

    /// Hides what others hide as well.
    pub fn extend(&mut self, others: &Self) {
        self.0.extend(others.0.iter().cloned());
    }

    /// Whether a field is hidden: a name at the top of an object, or `metadata.NAME`.
    pub fn hides(&self, field: &str) -> bool {
        self.0.contains(field)
    }

    /// Whether a path leads into a hidden field.
    pub(super) fn hides_path<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> bool {
        let mut of_path = Self::default();
        of_path.add(path);
        of_path.0.iter().any(|field| self.0.contains(field))
    }
}

/// Begins every value that sops encrypted.
pub(super) const CIPHERTEXT: &str = "ENC[AES256_GCM,";

/// Something of the value is encrypted.
pub(super) fn has_ciphertext(value: &Value) -> bool {
    match value {
        Value::Text(text, _) => text.starts_with(CIPHERTEXT),
        Value::List(list) => list.iter().any(has_ciphertext),
        Value::Map(map) => map.values().any(has_ciphertext),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_hides_the_field_at_its_top_and_never_the_name_of_the_object() {
        let mut fields = SecretFields::default();
        fields.add(["spec", "values", "password"]);
        fields.add(["metadata", "annotations", "token"]);
        fields.add(["metadata", "name"]);
        fields.add(["kind"]);
        assert!(fields.hides("spec") && fields.hides("metadata.annotations"));
        assert!(!fields.hides("metadata.name") && !fields.hides("kind") && !fields.hides("metadata.labels"));
        assert!(fields.hides_path(["spec", "other"]));
    }

    #[test]
    fn data_of_secrets_are_secret_and_those_of_other_kinds_are_not() {
        assert!(SecretFields::of_kind(&Kind::new("v1", "Secret")).hides("stringData"));
        assert!(SecretFields::of_kind(&Kind::new("v1", "ConfigMap")).is_empty());
        assert!(SecretFields::of_kind(&Kind::new("example.test/v1", "Secret")).is_empty());
    }
}
