//! Programs compiled from pinned Go modules, without cgo.

use std::fmt;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ChildStderr, Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result, bail};

use crate::child;

/// The files of a module that pins what is built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Module {
    pub(crate) go_mod: &'static str,
    pub(crate) go_sum: &'static str,
    pub(crate) tools: &'static str,
}

impl Module {
    pub(crate) fn write(&self, source: &Path) -> Result<()> {
        fs::create_dir_all(source).with_context(|| format!("cannot create {}", source.display()))?;
        let files = [
            ("go.mod", self.go_mod),
            ("go.sum", self.go_sum),
            ("tools.go", self.tools),
        ];
        for (name, content) in files {
            fs::write(source.join(name), content).with_context(|| format!("cannot write {name}"))?;
        }
        Ok(())
    }
}

/// How far a build is.
#[derive(Debug)]
pub(crate) enum Step {
    Downloading(String),
    /// Number of packages until now.
    Compiled(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Downloading(module) => write!(formatter, "downloading {module}"),
            Self::Compiled(count) => write!(formatter, "{count} packages"),
        }
    }
}

/// The Go tool in the module's folder.
pub(crate) fn go(source: &Path) -> Command {
    let mut go = Command::new("go");
    go.current_dir(source)
        .stdin(Stdio::null())
        .env("CGO_ENABLED", "0");
    // Memory is plenty and the compiler's own garbage collection is 40 % of its time.
    go.env("GOGC", "400");
    go
}

/// Compiles the packages of the module in `source` into `target`; `tell` hears how far it is.
pub(crate) fn compile(
    source: &Path,
    target: &Path,
    packages: &[&str],
    link_flags: &str,
    tell: impl Fn(Step) + Sync,
) -> Result<()> {
    let mut build = go(source);
    build
        .args(["build", "-v", "-trimpath", "-ldflags", link_flags, "-o"])
        .arg(target);
    build.args(packages).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = build
        .spawn()
        .context("cannot run `go`: the lab needs Go 1.26 or newer")?;
    let errors = child.stderr.take().context("go has no standard error")?;
    let (status, failures) = thread::scope(|scope| {
        let reader = scope.spawn(|| follow(errors, &tell));
        (child::finish(child), reader.join().unwrap_or_default())
    });
    if !status?.success() {
        bail!("the build failed:\n{}", failures.join("\n"));
    }
    Ok(())
}

/// Counts the packages that Go names; what looks like anything else is kept for the error.
fn follow(errors: ChildStderr, tell: &impl Fn(Step)) -> Vec<String> {
    let (mut compiled, mut others) = (0_usize, Vec::new());
    for line in BufReader::new(errors).lines().map_while(Result::ok) {
        if let Some(module) = line.strip_prefix("go: downloading ") {
            tell(Step::Downloading(module.to_owned()));
        } else if line.contains(' ') {
            others.push(line);
        } else {
            compiled += 1;
            tell(Step::Compiled(compiled));
        }
    }
    others.split_off(others.len().saturating_sub(20))
}

pub(crate) fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}
