//! How long a command waits.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

/// The longest time to wait.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Waiting")]
pub(in crate::cli) struct LimitOptions {
    /// Longest time for --wait, such as 90s or 1h30m; 0 for no limit.
    #[arg(long, value_name = "DURATION", default_value = "5m", requires = "wait")]
    pub timeout: TimeLimit,
}

/// A time limit, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct TimeLimit(Option<Duration>);

impl TimeLimit {
    /// What the future says within the limit; nothing if it takes longer.
    pub(super) async fn within<T>(self, future: impl Future<Output = T>) -> Option<T> {
        match self.0 {
            Some(limit) => tokio::time::timeout(limit, future).await.ok(),
            None => Some(future.await),
        }
    }
}

impl FromStr for TimeLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = text.parse().ok().map(SignedDuration::from_secs);
        let duration = seconds.or_else(|| text.parse().ok());
        let duration = duration.and_then(|duration: SignedDuration| Duration::try_from(duration).ok());
        match duration {
            Some(duration) if duration.is_zero() => Ok(Self(None)),
            Some(duration) => Ok(Self(Some(duration))),
            None => Err(format!(
                "'{text}' is no length of time; 90s, 5m and 1h30m are, and 0 means no limit"
            )),
        }
    }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.map(SignedDuration::try_from) {
            Some(Ok(limit)) => write!(formatter, "{limit:#}"),
            Some(Err(_)) | None => formatter.write_str("0"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> Option<Duration> {
        text.parse::<TimeLimit>().unwrap().0
    }

    #[test]
    fn a_time_limit_is_written_as_people_write_it_or_in_seconds() {
        assert_eq!(limit("90s"), Some(Duration::from_secs(90)));
        assert_eq!(limit("90"), Some(Duration::from_secs(90)));
        assert_eq!(limit("1h30m"), Some(Duration::from_mins(90)));
        assert_eq!(limit("0"), None);
        assert_eq!(limit("0s"), None);
        assert!("-5s".parse::<TimeLimit>().is_err());
        assert!("soon".parse::<TimeLimit>().is_err());
    }

    #[test]
    fn a_time_limit_reads_back_as_it_is_shown() {
        for text in ["5m", "1h 30m", "0"] {
            assert_eq!(text.parse::<TimeLimit>().unwrap().to_string(), text);
        }
    }
}
