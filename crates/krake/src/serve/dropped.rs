//! Keys of the original's configuration files that no longer mean anything: accepted, told, ignored.

use common::config::{Origin, Setting};

/// Key, and what came of it.
pub const DROPPED: [(&str, &str); 15] = [
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
    ("log.version", "logs go to the standard error output"),
    (
        "log.disable_existing_loggers",
        "logs go to the standard error output",
    ),
    ("log.formatters", "see log.format"),
    ("log.handlers", "logs go to the standard error output"),
    ("log.root", "see log.level"),
    ("log.loggers", "see log.level"),
];

/// The settings that were given and have no effect, with what came of them.
pub fn dropped(settings: &[Setting]) -> Vec<(&Setting, &'static str)> {
    let reason = |setting: &Setting| {
        let entry = DROPPED.iter().find(|(key, _)| *key == setting.key);
        entry
            .filter(|_| setting.origin != Origin::Default)
            .map(|(_, why)| *why)
    };
    settings
        .iter()
        .filter_map(|setting| Some((setting, reason(setting)?)))
        .collect()
}
