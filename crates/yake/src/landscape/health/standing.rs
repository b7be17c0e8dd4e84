//! How well something is, and why.

use std::fmt;

use serde::{Serialize, Serializer};

/// From well to worst, so that the greatest of several is the one that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// As wanted, proven.
    Healthy,
    /// On the way, or tried again: Gardener's `Error` means that too.
    Progressing,
    /// Nobody knows: no status yet, or its reporter is silent.
    Unknown,
    /// Wrong, and waiting will not help.
    Degraded,
}

impl Standing {
    /// In a word, for people and for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Progressing => "progressing",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl Serialize for Standing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// Something that keeps an object from being well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// How bad it is.
    pub standing: Standing,
    /// In words.
    pub message: String,
}

/// Judgement of an object: well unless there is a reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why it is not well.
    pub reasons: Vec<Reason>,
}

impl Verdict {
    /// The worst of the reasons.
    pub fn standing(&self) -> Standing {
        let standings = self.reasons.iter().map(|reason| reason.standing);
        standings.max().unwrap_or(Standing::Healthy)
    }

    pub(in crate::landscape) fn add(&mut self, standing: Standing, message: impl Into<String>) {
        self.reasons.push(Reason {
            standing,
            message: message.into(),
        });
    }
}
