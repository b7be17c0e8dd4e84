//! A value in the clear: never shown, and gone from memory when it is dropped.

use std::fmt;

use zeroize::Zeroizing;

/// What sops calls the type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text, and bytes.
    Text,
    /// A number without a fraction.
    Integer,
    /// Any other number.
    Float,
    /// `True` or `False`.
    Boolean,
    /// An instant, as RFC 3339 writes it.
    Time,
    /// A comment.
    Comment,
}

impl Kind {
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Text => "str",
            Self::Integer => "int",
            Self::Float => "float",
            Self::Boolean => "bool",
            Self::Time => "time",
            Self::Comment => "comment",
        }
    }

    pub(super) fn from_tag(tag: &str) -> Option<Self> {
        Some(match tag {
            "str" | "bytes" => Self::Text,
            "int" => Self::Integer,
            "float" => Self::Float,
            "bool" => Self::Boolean,
            "time" => Self::Time,
            "comment" => Self::Comment,
            _ => return None,
        })
    }
}

/// A leaf: its kind and its canonical bytes, which are what is encrypted and what the MAC covers.
#[derive(Clone, PartialEq, Eq)]
pub struct Plain {
    kind: Kind,
    bytes: Zeroizing<Vec<u8>>,
}

impl Plain {
    /// A value of a kind; `bytes` are in the form that sops encrypts.
    pub fn new(kind: Kind, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            bytes: Zeroizing::new(bytes.into()),
        }
    }

    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(Kind::Text, text.into())
    }

    pub(super) fn boolean(value: bool) -> Self {
        // Capitalised since sops was a Python program.
        Self::new(Kind::Boolean, if value { "True" } else { "False" })
    }

    pub(super) fn float(value: f64) -> Self {
        let text = if value.is_infinite() {
            if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
        } else {
            value.to_string()
        };
        Self::new(Kind::Float, text)
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The value itself: for whoever writes it to its one right place.
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// The value itself as text; nothing if it is binary.
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Plain({}, ***)", self.kind.tag())
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// A whole document in the clear.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainDocument(Zeroizing<Vec<u8>>);

impl PlainDocument {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The document itself: for whoever writes it to its one right place.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PlainDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PlainDocument(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_shown() {
        let secret = Plain::text("CANARY");
        let document = PlainDocument::new(b"CANARY".to_vec());
        assert!(!format!("{secret:?} {secret} {document:?}").contains("CANARY"));
    }

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        let text = |value| Plain::float(value).expose_text().unwrap().to_owned();
        assert_eq!(text(3.50), "3.5");
        assert_eq!(text(1e21), "1000000000000000000000");
        assert_eq!(text(f64::INFINITY), "+Inf");
        assert_eq!(text(f64::NAN), "NaN");
    }
}
