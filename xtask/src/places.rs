//! Where things lie: the checkout, the cache that all checkouts share, and this checkout's running labs.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::say;

/// Folders that the chores work in.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// Root of the checkout.
    pub(crate) checkout: PathBuf,
    /// Downloads and built programs, keyed by version; outlives `cargo clean` and clones.
    pub(crate) cache: PathBuf,
    /// This program, as it was called: tests call it too, after a build may have replaced it.
    pub(crate) xtask: PathBuf,
    /// Variables that cargo set for this program and that another cargo must not see.
    pub(crate) inherited: Vec<OsString>,
}

impl Places {
    /// The cache is `ALASCA_CACHE`, else `alasca-rs` under `XDG_CACHE_HOME` or `~/.cache`.
    ///
    /// A relative or empty folder is refused: labs delete folders below it.
    pub(crate) fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let folder = |name: &str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let Some(cache) = folder("ALASCA_CACHE")
            .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("alasca-rs")))
            .or_else(|| folder("HOME").map(|home| home.join(".cache/alasca-rs")))
        else {
            bail!("no place for the cache: set ALASCA_CACHE to a folder with several GiB of room");
        };
        if cache.is_relative() {
            bail!(
                "the cache folder {} is relative: set ALASCA_CACHE to an absolute path",
                cache.display()
            );
        }
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let checkout = manifest
            .parent()
            .context("xtask lies in no checkout")?
            .to_path_buf();
        Ok(Self {
            checkout,
            cache,
            xtask: PathBuf::from("xtask"),
            inherited: Vec::new(),
        })
    }

    /// Knows where this program lies and which of these variables are cargo's about it.
    pub(crate) fn called(mut self, xtask: PathBuf, variables: impl Iterator<Item = OsString>) -> Self {
        self.xtask = xtask;
        let about_us = |name: &OsString| {
            let name = name.to_string_lossy();
            let own = [
                "CARGO_PKG_",
                "CARGO_MANIFEST_",
                "CARGO_BIN_",
                "CARGO_CRATE_",
                "CARGO_PRIMARY_",
            ];
            own.iter().any(|prefix| name.starts_with(prefix)) || name == "OUT_DIR"
        };
        self.inherited = variables.filter(about_us).collect();
        self
    }

    /// Cargo in this checkout.
    pub(crate) fn cargo(&self) -> Command {
        self.program(Path::new("cargo"))
    }

    /// A program in this checkout, with an environment as from a shell: what cargo told this process about
    /// `xtask` is taken out again, since build scripts such as ring's would run anew because of it.
    pub(crate) fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.checkout);
        for variable in &self.inherited {
            command.env_remove(variable);
        }
        command
    }

    /// State and data of the labs of every checkout.
    pub(crate) fn all_runs(&self) -> PathBuf {
        self.cache.join("run")
    }

    /// Files that are locked; they stay, since somebody may be waiting for one.
    pub(crate) fn locks(&self) -> PathBuf {
        self.cache.join("locks")
    }

    /// State and data of this checkout's labs; two checkouts never share a lab.
    pub(crate) fn run(&self) -> PathBuf {
        let name = self.checkout.file_name().unwrap_or_default().to_string_lossy();
        let digest = fingerprint([self.checkout.as_os_str().as_encoded_bytes()]);
        self.all_runs().join(format!("{name}-{digest}"))
    }
}

/// A short name for some bytes (FNV-1a, in hexadecimal); not for use against an adversary.
pub(crate) fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let hash = parts
        .into_iter()
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{:08x}", hash >> 32)
}

/// Takes a lock that other runs of this program respect; dropping the file releases it, also after a crash.
pub(crate) fn lock(path: &Path, what: &str) -> Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    }
    let file = File::create(path).with_context(|| format!("cannot open {}", path.display()))?;
    if file.try_lock().is_err() {
        say::line(format_args!("waiting for another run that works on {what}"));
        file.lock()
            .with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(file)
}

/// Writes a file so that a reader sees the old or the new content, never half of it.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let draft = path.with_extension("draft");
    fs::write(&draft, content).with_context(|| format!("cannot write {}", draft.display()))?;
    fs::rename(&draft, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Removes a folder and the one above it as far as nothing is left in them.
pub(crate) fn remove_empty(folder: &Path) {
    // Either may be in use by somebody else: then it stays.
    if fs::remove_dir(folder).is_ok() {
        let _ = folder.parent().map(fs::remove_dir);
    }
}

/// What lies in a folder; nothing where there is no folder.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(variables: &[(&str, &str)]) -> Result<Places> {
        Places::from_environment(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_cache_is_the_first_variable_that_is_set() {
        let all = [("HOME", "/h"), ("XDG_CACHE_HOME", "/x"), ("ALASCA_CACHE", "/a")];
        assert_eq!(places(&all).unwrap().cache, Path::new("/a"));
        assert_eq!(places(&all[..2]).unwrap().cache, Path::new("/x/alasca-rs"));
        assert_eq!(places(&all[..1]).unwrap().cache, Path::new("/h/.cache/alasca-rs"));
    }

    #[test]
    fn an_empty_or_relative_cache_is_refused() {
        assert!(places(&[("HOME", "")]).is_err());
        assert!(places(&[("ALASCA_CACHE", "cache")]).is_err());
    }
}
