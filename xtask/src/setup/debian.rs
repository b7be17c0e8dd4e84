//! Programs of Debian packages, unpacked into the cache: nothing is installed system-wide, no service
//! starts, and no root is needed unless the machine has no package lists yet.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::child;
use crate::places::{self, Places};
use crate::say::{self, Progress};

/// The program `path` of `package`, from the cache or downloaded and unpacked now.
pub(crate) fn program(places: &Places, package: &str, path: &str, why: &str) -> Result<PathBuf> {
    let folder = places.cache.join("debian").join(package);
    if !folder.exists() {
        let _lock = places::lock(&places.locks().join(format!("debian-{package}")), package)?;
        if !folder.exists() {
            unpack(package, &folder, why)?;
        }
    }
    Ok(folder.join(path))
}

fn unpack(package: &str, folder: &Path, why: &str) -> Result<()> {
    let progress = Progress::start(
        format!("unpacking Debian's {package}"),
        why,
        Some(Duration::from_secs(15)),
    );
    let draft = folder.with_extension("draft");
    if draft.exists() {
        fs::remove_dir_all(&draft)?;
    }
    let download = draft.join("download");
    fs::create_dir_all(&download).with_context(|| format!("cannot create {}", download.display()))?;
    if fetch(package, &download).is_err() {
        update_lists()?;
        fetch(package, &download)?;
    }
    let archives = fs::read_dir(&download)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    let archive = archives
        .first()
        .with_context(|| format!("apt-get downloaded no {package}"))?;
    child::read(Command::new("dpkg-deb").arg("--extract").arg(archive).arg(&draft))?;
    fs::remove_dir_all(&download)?;
    fs::rename(&draft, folder).with_context(|| format!("cannot create {}", folder.display()))?;
    progress.done();
    Ok(())
}

fn fetch(package: &str, folder: &Path) -> Result<()> {
    // Root's apt-get drops its rights for downloads and then cannot write into a private folder.
    let sandbox = ["-o", "APT::Sandbox::User=root"];
    let mut download = Command::new("apt-get");
    download
        .args(sandbox)
        .args(["--quiet", "download", package])
        .current_dir(folder);
    child::read(&mut download).map(drop)
}

/// Package lists belong to the system: this one step needs root.
fn update_lists() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        bail!("this machine has no package lists: run `sudo apt-get update` once");
    }
    say::line("  updating the package lists (apt-get update, as root)");
    child::read(Command::new("apt-get").args(["--quiet", "update"])).map(drop)
}
