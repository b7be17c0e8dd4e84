//! Which values of a file are encrypted.

use regex::Regex;

use super::error::Reason;
use super::plain::{Kind, Plain};
use super::tree::Place;

/// The one rule of a file; any key on the path of a value can decide.
#[derive(Debug, Clone)]
pub enum Selection {
    /// All but values below a key with this ending (`_unencrypted`, unless said otherwise).
    UnencryptedSuffix(String),
    /// Only values below a key with this ending.
    EncryptedSuffix(String),
    /// All but values below a key that this matches.
    UnencryptedRegex(Regex),
    /// Only values below a key that this matches.
    EncryptedRegex(Regex),
    /// All but values below a comment that this matches.
    UnencryptedCommentRegex(Regex),
    /// Only values below a comment that this matches.
    EncryptedCommentRegex(Regex),
}

impl Default for Selection {
    fn default() -> Self {
        Self::UnencryptedSuffix("_unencrypted".to_owned())
    }
}

impl Selection {
    /// From the name that sops has for it.
    pub fn parse(name: &str, value: &str) -> Result<Self, Reason> {
        let regex =
            || Regex::new(value).map_err(|_| Reason::Setting(name.to_owned(), "it is no regular expression"));
        Ok(match name {
            "unencrypted_suffix" => Self::UnencryptedSuffix(value.to_owned()),
            "encrypted_suffix" => Self::EncryptedSuffix(value.to_owned()),
            "unencrypted_regex" => Self::UnencryptedRegex(regex()?),
            "encrypted_regex" => Self::EncryptedRegex(regex()?),
            "unencrypted_comment_regex" => Self::UnencryptedCommentRegex(regex()?),
            "encrypted_comment_regex" => Self::EncryptedCommentRegex(regex()?),
            _ => return Err(Reason::Setting(name.to_owned(), "there is no such rule")),
        })
    }

    /// The name and value that sops writes.
    pub(super) fn setting(&self) -> (&'static str, &str) {
        match self {
            Self::UnencryptedSuffix(suffix) => ("unencrypted_suffix", suffix),
            Self::EncryptedSuffix(suffix) => ("encrypted_suffix", suffix),
            Self::UnencryptedRegex(regex) => ("unencrypted_regex", regex.as_str()),
            Self::EncryptedRegex(regex) => ("encrypted_regex", regex.as_str()),
            Self::UnencryptedCommentRegex(regex) => ("unencrypted_comment_regex", regex.as_str()),
            Self::EncryptedCommentRegex(regex) => ("encrypted_comment_regex", regex.as_str()),
        }
    }

    pub(super) const NAMES: [&'static str; 6] = [
        "unencrypted_suffix",
        "encrypted_suffix",
        "unencrypted_regex",
        "encrypted_regex",
        "unencrypted_comment_regex",
        "encrypted_comment_regex",
    ];

    pub(super) fn takes(&self, place: &Place<'_>, kind: Kind) -> bool {
        let key = |test: &dyn Fn(&str) -> bool| place.path.iter().any(|key| test(key));
        match self {
            Self::UnencryptedSuffix(suffix) => !key(&|key| key.ends_with(suffix.as_str())),
            Self::EncryptedSuffix(suffix) => key(&|key| key.ends_with(suffix.as_str())),
            Self::UnencryptedRegex(regex) => !key(&|key| regex.is_match(key)),
            Self::EncryptedRegex(regex) => key(&|key| regex.is_match(key)),
            Self::UnencryptedCommentRegex(regex) => {
                !comments(place, Kind::Text).any(|comment| matches(regex, comment))
            }
            // The comment that matches stays readable itself.
            Self::EncryptedCommentRegex(regex) => {
                comments(place, kind).any(|comment| matches(regex, comment))
            }
        }
    }
}

fn comments<'a>(place: &'a Place<'_>, kind: Kind) -> impl Iterator<Item = &'a Plain> {
    let all: usize = place.comments.iter().map(Vec::len).sum();
    let count = if kind == Kind::Comment {
        all.saturating_sub(1)
    } else {
        all
    };
    place.comments.iter().flatten().take(count)
}

fn matches(regex: &Regex, comment: &Plain) -> bool {
    comment.expose_text().is_some_and(|text| regex.is_match(text))
}
