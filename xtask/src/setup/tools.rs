//! Cargo's companions, pinned. They come as wheels that carry the upstream program (seconds), or are
//! compiled (minutes) where Python's package installer or a wheel for this machine is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::child;
use crate::places::{self, Places};
use crate::say::{self, Progress};

/// A companion of cargo.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tool {
    Nextest,
    Deny,
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Self::Nextest => "cargo-nextest",
            Self::Deny => "cargo-deny",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Nextest => "0.9.148",
            Self::Deny => "0.20.2",
        }
    }

    /// Digest of the wheel for x86-64 Linux.
    fn digest(self) -> &'static str {
        match self {
            Self::Nextest => "76d7faec7ba7e1f15f888268761bb1449309b1eb801ec5cbe9c04a5685f42968",
            Self::Deny => "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee",
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::Nextest => "once; runs the tests",
            Self::Deny => "once; checks licences and sources",
        }
    }

    /// The program, installed into the cache if it is not there yet.
    pub(crate) fn ensure(self, places: &Places) -> Result<PathBuf> {
        let folder = places
            .cache
            .join("tools")
            .join(format!("{}-{}", self.name(), self.version()));
        let program = folder.join("bin").join(self.name());
        if !program.exists() {
            let _lock = places::lock(&places.locks().join(self.name()), self.name())?;
            if !program.exists() {
                self.install(places, &folder)?;
            }
        }
        Ok(program)
    }

    /// Into a draft first: a folder under its own name is complete.
    fn install(self, places: &Places, folder: &Path) -> Result<()> {
        let progress = Progress::start(
            format!("installing {}", self.name()),
            self.why(),
            Some(Duration::from_secs(5)),
        );
        let draft = folder.with_extension("draft");
        if draft.exists() {
            fs::remove_dir_all(&draft)?;
        }
        fs::create_dir_all(&draft).with_context(|| format!("cannot create {}", draft.display()))?;
        if let Err(reason) = self.unpack_wheel(&draft) {
            say::line(format_args!(
                "  no wheel ({reason:#}): compiling {}, some 5 to 10 min",
                self.name()
            ));
            self.compile(places, &draft)?;
        }
        fs::rename(&draft, folder).with_context(|| format!("cannot create {}", folder.display()))?;
        progress.done();
        Ok(())
    }

    fn unpack_wheel(self, draft: &Path) -> Result<()> {
        let requirement = draft.join("requirement.txt");
        let (name, version, digest) = (self.name(), self.version(), self.digest());
        fs::write(
            &requirement,
            format!("astral-dev-toolchain-{name}=={version} --hash=sha256:{digest}\n"),
        )?;
        let mut pip = super::pip_install(Path::new("python3"));
        pip.args(["--only-binary=:all:", "--require-hashes"])
            .args(["--root-user-action=ignore", "--target"])
            .arg(draft)
            .arg("--requirement")
            .arg(requirement);
        child::read(&mut pip).map(drop)
    }

    fn compile(self, places: &Places, draft: &Path) -> Result<()> {
        let mut install = places.cargo();
        install
            .args([
                "install",
                "--locked",
                "--quiet",
                self.name(),
                "--version",
                self.version(),
                "--root",
            ])
            .arg(draft);
        child::run(install.stdout(Stdio::null()))
    }
}
