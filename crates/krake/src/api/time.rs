//! Points in time as the original writes them: ISO 8601, UTC, microseconds.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time with microseconds, written as `2026-11-25T03:00:00.000000+00:00`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// Rounds down to microseconds, the resolution of the wire.
    pub fn new(time: jiff::Timestamp) -> Self {
        Self(jiff::Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time))
    }

    /// From microseconds since the Unix epoch; values out of range become the epoch.
    pub fn from_microsecond(microseconds: i64) -> Self {
        Self(jiff::Timestamp::from_microsecond(microseconds).unwrap_or_default())
    }

    /// Microseconds since the Unix epoch.
    pub fn as_microsecond(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Later by a number of seconds.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_microsecond(
            self.as_microsecond()
                .saturating_add(seconds.saturating_mul(1_000_000)),
        )
    }

    /// Seconds from `earlier` to here, negative when `earlier` is later.
    #[expect(
        clippy::cast_precision_loss,
        reason = "durations are far below 2^52 microseconds"
    )]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.as_microsecond().saturating_sub(earlier.as_microsecond()) as f64 / 1e6
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(time: jiff::Timestamp) -> Self {
        Self::new(time)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00"))
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    /// Accepts any offset, and a missing one as UTC.
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>()
            .or_else(|_| format!("{text}Z").parse::<jiff::Timestamp>())
            .map(Self::new)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| D::Error::custom("Not a valid datetime."))
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_written_in_utc_with_microseconds_and_read_with_any_offset() {
        let time: Timestamp = "2024-05-01T12:00:00.5+02:00".parse().unwrap();
        assert_eq!(time.to_string(), "2024-05-01T10:00:00.500000+00:00");
        assert_eq!("2024-05-01T10:00:00.5".parse::<Timestamp>().unwrap(), time);
        assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
    }
}
