//! The original clients of the API that one of our tools speaks, unmodified, for conformance tests: a Python
//! environment in the cache, keyed by the pinned requirements.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::child;
use crate::places::{self, Places};
use crate::say::Progress;

/// What is installed, with versions.
const REQUIREMENTS: &str = "tests/clients/requirements.txt";

/// The environment, made if it is not there yet.
pub(crate) fn ensure(places: &Places) -> Result<PathBuf> {
    let requirements = places.checkout.join(REQUIREMENTS);
    let text = fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let folder = places
        .cache
        .join("krake-clients")
        .join(places::fingerprint([text.as_slice()]));
    if !folder.exists() {
        let _lock = places::lock(&places.locks().join("krake-clients"), "the original clients")?;
        if !folder.exists() {
            install(&requirements, &folder)?;
        }
    }
    Ok(folder)
}

/// Into a draft first: a folder under its own name is complete. Programs in it are called as modules of its
/// `bin/python`, since their own first lines would still name the draft.
fn install(requirements: &Path, folder: &Path) -> Result<()> {
    let expected = Some(Duration::from_secs(15));
    let progress = Progress::start(
        "installing Krake's original clients".to_owned(),
        "once; conformance",
        expected,
    );
    let draft = folder.with_extension("draft");
    if draft.exists() {
        fs::remove_dir_all(&draft)?;
    }
    child::run(Command::new("python3").args(["-m", "venv"]).arg(&draft))?;
    let mut pip = super::pip_install(&draft.join("bin/python"));
    child::run(pip.arg("--requirement").arg(requirements))?;
    fs::rename(&draft, folder).with_context(|| format!("cannot create {}", folder.display()))?;
    progress.done();
    Ok(())
}
