//! An object on its way through the build.

use std::fmt;

use super::identity::{Identity, Kind};
use super::secrecy::SecretFields;
use super::value::{Map, Value};

/// What happens when a generated object exists already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behavior {
    /// It must not.
    #[default]
    Create,
    /// The new data take the place of the old.
    Replace,
    /// The new data are added to the old.
    Merge,
}

/// Where an object comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// File.
    pub file: String,
    /// Line, counted from 1; none for generated objects.
    pub line: Option<usize>,
}

/// An object, and what the build has to remember of it. Its debug form holds no values.
#[derive(Clone)]
pub struct Object {
    /// The manifest.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
    /// What it was before, oldest first.
    pub previous: Vec<Identity>,
    /// Prefixes that its name got.
    pub prefixes: Vec<String>,
    /// Suffixes that its name got.
    pub suffixes: Vec<String>,
    /// Its name gets a hash of its content.
    pub is_hashed: bool,
    /// What happens when it exists already.
    pub behavior: Behavior,
    /// Fields that came from encrypted files.
    pub(super) encrypted_fields: SecretFields,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({}, {}, ***)", self.identity(), self.origin.file)
    }
}

impl Object {
    /// An object as it was read.
    pub fn new(value: Value, origin: Origin) -> Self {
        Self {
            value,
            origin,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            is_hashed: false,
            behavior: Behavior::Create,
            encrypted_fields: SecretFields::default(),
        }
    }

    /// What must not be shown of it: data of a Secret, and what came from encrypted files.
    pub fn secret_fields(&self) -> SecretFields {
        let mut fields = SecretFields::of_kind(&self.kind());
        fields.extend(&self.encrypted_fields);
        fields
    }

    /// Something of it was encrypted, or came from a variable that must not be shown.
    pub fn is_from_secrets(&self) -> bool {
        !self.encrypted_fields.is_empty()
    }

    /// Something of it must not be shown, neither as it is nor in a server's words about it.
    pub fn is_secret(&self) -> bool {
        !self.secret_fields().is_empty()
    }

    fn text(&self, path: &[&str]) -> &str {
        self.value.at(path).and_then(Value::as_text).unwrap_or("")
    }

    /// Group, version, kind.
    pub fn kind(&self) -> Kind {
        Kind::new(self.text(&["apiVersion"]), self.text(&["kind"]))
    }

    /// Name now.
    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    /// Namespace that is written in it; empty if none is.
    pub fn namespace(&self) -> &str {
        self.text(&["metadata", "namespace"])
    }

    /// What it is now.
    pub fn identity(&self) -> Identity {
        Identity::new(self.kind(), self.namespace(), self.name())
    }

    /// What it was in its file.
    pub fn original(&self) -> Identity {
        self.previous.first().cloned().unwrap_or_else(|| self.identity())
    }

    /// It is, or once was, what `identity` says.
    pub fn was(&self, identity: &Identity) -> bool {
        let is_named = || self.name() == identity.name;
        self.previous.contains(identity) || (is_named() && self.identity() == *identity)
    }

    /// Remembers what it is, before that changes.
    pub fn remember(&mut self) {
        self.previous.push(self.identity());
    }

    /// The metadata, to change them.
    pub fn metadata(&mut self) -> Option<&mut Map> {
        self.value.map_at("metadata")
    }

    /// Gives it another name.
    pub fn rename(&mut self, name: &str) {
        if let Some(metadata) = self.metadata() {
            metadata.insert("name".to_owned(), Value::text(name));
        }
    }

    /// Puts it into a namespace; into none if that is empty.
    pub fn move_to(&mut self, namespace: &str) {
        if let Some(metadata) = self.metadata() {
            if namespace.is_empty() {
                metadata.remove("namespace");
            } else {
                metadata.insert("namespace".to_owned(), Value::text(namespace));
            }
        }
    }

    /// Labels or annotations by name.
    pub fn pairs(&self, of: &str) -> Vec<(&str, String)> {
        let map = self.value.at(&["metadata", of]).and_then(Value::as_map);
        map.into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.as_str(), value.scalar()?)))
            .collect()
    }
}
