//! Why an upgrade does not begin.

use std::fmt;

use serde::{Serialize, Serializer};

/// A rule, by the name under which it is documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Gardener never goes back: the operator exits.
    Downgrade,
    /// One minor at a time.
    SkipMinor,
    /// A gardenlet is at most two minors older than the API server, and never newer.
    SkewGardenlet,
    /// An extension is not built with a newer Gardener than the oldest gardenlet.
    SkewExtension,
    /// Kubernetes never goes back.
    KubernetesDowngrade,
    /// Kubernetes moves one minor at a time.
    KubernetesSkipMinor,
    /// The version of Gardener does not support the version of Kubernetes.
    KubernetesUnsupported,
    /// Something has to be done first, and nobody has said that it was.
    Unacknowledged,
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Downgrade => "DOWNGRADE",
            Self::SkipMinor => "SKIP_MINOR",
            Self::SkewGardenlet => "SKEW_GARDENLET",
            Self::SkewExtension => "SKEW_EXTENSION",
            Self::KubernetesDowngrade => "KUBERNETES_DOWNGRADE",
            Self::KubernetesSkipMinor => "KUBERNETES_SKIP_MINOR",
            Self::KubernetesUnsupported => "KUBERNETES_UNSUPPORTED",
            Self::Unacknowledged => "UNACKNOWLEDGED",
        })
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A rule that was broken, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Which.
    pub rule: Rule,
    /// By what.
    pub message: String,
    /// What to do instead.
    pub hint: String,
}

impl Refusal {
    pub(super) fn new(rule: Rule, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
            hint: hint.into(),
        }
    }
}
