//! The tree that a manifest is: like JSON, but text remembers whether it was quoted, since variables that are put
//! into plain text may make numbers of it and variables in quotes may not.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Number;

/// Members of an object, in the order in which they are printed.
pub type Map = BTreeMap<String, Value>;

/// How text stood in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In quotes or as a block, or made by the build.
    Quoted,
}

/// A value of a manifest.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String, Style),
    /// A list.
    List(Vec<Value>),
    /// Members by name.
    Map(Map),
}

/// Two texts are equal however they are quoted.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Number(left), Self::Number(right)) => left == right,
            (Self::Text(left, _), Self::Text(right, _)) => left == right,
            (Self::List(left), Self::List(right)) => left == right,
            (Self::Map(left), Self::Map(right)) => left == right,
            _ => false,
        }
    }
}

impl Value {
    /// Text that the build makes.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into(), Style::Quoted)
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text, _) => Some(text),
            _ => None,
        }
    }

    /// The members, if it has some.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The members, to change them.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The entries, if it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_map()?.get(name)
    }

    /// The member at the end of a path of names.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    /// The member of that name, an empty object if there was none.
    pub fn map_at(&mut self, name: &str) -> Option<&mut Map> {
        let member = self.as_map_mut()?.entry(name.to_owned()).or_insert(Value::Null);
        if matches!(member, Value::Null) {
            *member = Value::Map(Map::new());
        }
        member.as_map_mut()
    }

    /// A scalar as it is written; none for lists and objects.
    pub fn scalar(&self) -> Option<String> {
        match self {
            Self::Null => Some(String::new()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text, _) => Some(text.clone()),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Nothing, or nothing inside.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Map(map) => map.is_empty(),
            Self::List(list) => list.is_empty(),
            Self::Bool(_) | Self::Number(_) | Self::Text(..) => false,
        }
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(..) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text, _) => serializer.serialize_str(text),
            Self::List(list) => list.serialize(serializer),
            Self::Map(map) => map.serialize(serializer),
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(number),
            serde_json::Value::String(text) => Self::text(text),
            serde_json::Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            serde_json::Value::Object(map) => Self::Map(
                map.into_iter()
                    .map(|(name, value)| (name, Self::from(value)))
                    .collect(),
            ),
        }
    }
}
