//! Keys of the original's configuration files that no longer mean anything: accepted, told, ignored.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// Key, and what came of it.
pub const DROPPED: [(&str, &str); 9] = [
    ("etcd", "the store is embedded; --data-dir says where"),
    (
        "default_roles",
        "never had an effect; the system's roles are built in",
    ),
    (
        "default_role_bindings",
        "never had an effect; the system's bindings are built in",
    ),
    ("worker_count", "workers are bounded per cluster"),
    ("debounce", "controllers react to every change at once"),
    ("poll_interval", "belongs to controllers that do not exist yet"),
    ("hooks", "hooks do not exist yet"),
    (
        "migration",
        "the health gate's time is spec.migration_timeout of the application",
    ),
    ("automatic_cluster_creation", "clusters are not created yet"),
];

/// The value of a dropped key; only that it was there is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) is_present: bool,
}

impl<'de> Deserialize<'de> for Dropped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Ok(Self { is_present: true })
    }
}
