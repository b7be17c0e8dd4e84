//! Programs of others that tests compare with, built when the first test asks for them.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::lab;

/// The folder with `sops`, `age` and `age-keygen`.
///
/// # Errors
/// If the programs do not build.
pub fn sops() -> Result<PathBuf> {
    folder_of("sops")
}

/// The folder with Debian's packages for a server of git behind ssh, each unpacked under its name.
///
/// # Errors
/// If they cannot be downloaded.
pub fn sshd() -> Result<PathBuf> {
    folder_of("sshd")
}

fn folder_of(set: &str) -> Result<PathBuf> {
    let answer = lab::run(lab::xtask_command().args(["lab", "programs", set]))?;
    let folder = String::from_utf8(answer).context("the folder of the programs is no text")?;
    Ok(PathBuf::from(folder.trim_end()))
}
