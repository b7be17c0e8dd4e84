//! What a command sees of its surroundings: values, so that nothing below `main` reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::clock::Clock;

/// Surroundings of a command.
#[derive(Clone)]
pub struct Environment {
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// The clock.
    pub clock: Clock,
}

impl Environment {
    /// A variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Where a user's configuration files lie: `$XDG_CONFIG_HOME`, else `~/.config`.
    pub fn config_home(&self) -> Option<PathBuf> {
        let home = || Some(Path::new(self.variable("HOME")?).join(".config"));
        self.variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home)
    }

    /// Where a user's caches lie: `$XDG_CACHE_HOME`, else `~/.cache`.
    pub fn cache_home(&self) -> Option<PathBuf> {
        let home = || Some(Path::new(self.variable("HOME")?).join(".cache"));
        self.variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)
    }
}
