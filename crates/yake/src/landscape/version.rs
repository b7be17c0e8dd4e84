//! Versions of Gardener and of Kubernetes.

use std::fmt;
use std::str::FromStr;

/// `MAJOR.MINOR.PATCH`, with or without a leading `v`. What follows a `-` or a `+` (a packaging counter, a
/// development mark) is kept for display and does not count in comparisons: upgrade rules speak of minors.
#[derive(Debug, Clone)]
pub struct Version {
    /// Major.
    pub major: u32,
    /// Minor.
    pub minor: u32,
    /// Patch; 0 where only a minor was named.
    pub patch: u32,
    suffix: String,
}

/// A text that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version like 1.148.4")]
pub struct ParseVersionError(String);

impl Version {
    /// A version without a suffix.
    pub fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self {
            major,
            minor,
            patch,
            suffix: String::new(),
        }
    }

    /// How many minors `other` is behind; negative when it is ahead. `None` between majors.
    pub fn minors_ahead_of(&self, other: &Self) -> Option<i64> {
        (self.major == other.major).then(|| i64::from(self.minor) - i64::from(other.minor))
    }

    fn parts(&self) -> (u32, u32, u32) {
        (self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseVersionError(text.to_owned());
        let bare = text.strip_prefix('v').unwrap_or(text);
        let end = bare.find(['-', '+']).unwrap_or(bare.len());
        let (numbers, suffix) = bare.split_at(end);
        let mut parts = numbers.split('.').map(number);
        let mut next = || parts.next();
        let (Some(Some(major)), Some(Some(minor))) = (next(), next()) else {
            return Err(error());
        };
        let patch = next().unwrap_or(Some(0)).ok_or_else(error)?;
        if next().is_some() {
            return Err(error());
        }
        Ok(Self {
            major,
            minor,
            patch,
            suffix: suffix.to_owned(),
        })
    }
}

/// Digits only: a sign or a space makes no version.
fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// From its text; `1.148` without quotes would be a number and is refused by its type.
impl<'de> serde::Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}.{}.{}{}",
            self.major, self.minor, self.patch, self.suffix
        )
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts().cmp(&other.parts())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_are_ordered_by_number_and_not_by_text() {
        assert!(version("1.9.0") < version("v1.148.4"));
        assert!(version("1.148.4") < version("1.148.10"));
        assert_eq!(version("v1.103.0-1"), version("1.103"));
        assert_eq!(version("v1.103.0-1").to_string(), "1.103.0-1");
        assert_eq!(version("1.148.0").minors_ahead_of(&version("1.146.3")), Some(2));
        assert_eq!(version("2.0.0").minors_ahead_of(&version("1.146.3")), None);
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "v", "1", "1.", "1.2.3.4", "1.+2.3", "1. 2", "latest", "1.x"] {
            assert!(text.parse::<Version>().is_err(), "{text:?} was read as a version");
        }
    }
}
