//! The product's programs, built by cargo.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::child;
use crate::places::Places;

/// How cargo builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// Quick to run.
    Release,
}

/// Programs that cargo built, by name.
#[derive(Debug)]
pub(crate) struct Built(BTreeMap<String, PathBuf>);

impl Built {
    /// Where a program lies.
    pub(crate) fn program(&self, name: &str) -> Result<&PathBuf> {
        self.0
            .get(name)
            .with_context(|| format!("cargo built no program {name}"))
    }
}

/// Builds programs.
///
/// Named as part of the workspace rather than by package: so dependencies have the same features as when
/// tests are built, and are compiled once for both. Cargo itself says where it put the programs, so a
/// target folder elsewhere is no surprise.
pub(crate) fn build(places: &Places, profile: Profile, programs: &[&str]) -> Result<Built> {
    let mut cargo = places.cargo();
    cargo.args([
        "build",
        "--workspace",
        "--locked",
        "--message-format=json-render-diagnostics",
    ]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    for program in programs {
        cargo.args(["--bin", program]);
    }
    let messages = child::read(&mut cargo)?;
    Ok(Built(executables(&messages)))
}

fn executables(messages: &str) -> BTreeMap<String, PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| {
            let name = message.pointer("/target/name")?.as_str()?.to_owned();
            let path = message.pointer("/executable")?.as_str()?;
            Some((name, PathBuf::from(path)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_about_programs_count() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"krake"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"krake"},"executable":"/t/krake"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let built = Built(executables(messages));
        assert_eq!(built.program("krake").unwrap(), &PathBuf::from("/t/krake"));
        assert!(built.program("other").is_err());
    }
}
