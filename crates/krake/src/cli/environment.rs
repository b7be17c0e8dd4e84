//! What a command may know of its surroundings. Only `main` fills it in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::api::Timestamp;

/// Surroundings of a command.
#[derive(Clone)]
pub struct Environment {
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// The clock.
    pub now: fn() -> Timestamp,
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
        self.home("XDG_CONFIG_HOME", ".config")
    }

    /// Where a user's data lie: `$XDG_DATA_HOME`, else `~/.local/share`.
    pub fn data_home(&self) -> Option<PathBuf> {
        self.home("XDG_DATA_HOME", ".local/share")
    }

    fn home(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let own = self.variable(variable).map(PathBuf::from);
        own.or_else(|| self.variable("HOME").map(|home| Path::new(home).join(below_home)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment {
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            now: Timestamp::default,
        }
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let environment = environment(&[("XDG_DATA_HOME", ""), ("HOME", "/home/u")]);
        assert_eq!(
            environment.data_home(),
            Some(PathBuf::from("/home/u/.local/share"))
        );
        assert_eq!(environment.variable("XDG_DATA_HOME"), None);
    }
}
