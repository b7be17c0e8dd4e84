//! The programs of the lab, built from Go modules once and kept in the cache by version.
//!
//! One module graph (`modules/go.mod`, `go.sum`) pins all of them: what they have in common is compiled
//! once: 610 seconds of processor time for everything, of which kwok is 16 instead of 194.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::child;
use crate::labs::golang;
use crate::places::{self, Places, fingerprint};
use crate::say::Progress;

const KUBERNETES: &str = "1.37.2";
const MODULE: golang::Module = golang::Module {
    go_mod: include_str!("modules/go.mod"),
    go_sum: include_str!("modules/go.sum"),
    tools: include_str!("modules/tools.go"),
};
const PACKAGES: [&str; 5] = [
    "k8s.io/kubernetes/cmd/kube-apiserver",
    "k8s.io/kubernetes/cmd/kube-controller-manager",
    "k8s.io/kubernetes/cmd/kube-scheduler",
    "go.etcd.io/etcd/server/v3",
    "sigs.k8s.io/kwok/cmd/kwok",
];
/// kwok ends at once without stages; these lie in its module, below `kustomize/stage`.
const STAGES: [&str; 5] = [
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
];
/// From empty caches, on two quiet cores, downloads included.
const EXPECTED: Duration = Duration::from_secs(340);
/// Packages in the graph of all programs; `go build -v` names each one that it compiles.
const PACKAGE_COUNT: usize = 2708;

/// The programs of one pinned set of versions.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Those of the cache, built if they are not there yet.
    pub(crate) fn build(places: &Places) -> Result<Self> {
        let programs = Self::of(places);
        if !programs.are_built() {
            let _lock = places::lock(
                &places.locks().join("kubernetes-programs"),
                "the programs of the Kubernetes lab",
            )?;
            if !programs.are_built() {
                programs.make(places)?;
            }
        }
        Ok(programs)
    }

    fn of(places: &Places) -> Self {
        let recipe = fingerprint([MODULE.go_mod, MODULE.go_sum, MODULE.tools].map(str::as_bytes));
        Self {
            folder: places.cache.join(format!("kubernetes-{KUBERNETES}-{recipe}")),
        }
    }

    /// Whether a build has come to its end; the folder gets its name only then.
    pub(crate) fn are_built(&self) -> bool {
        self.folder.is_dir()
    }

    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    pub(crate) fn stages(&self) -> impl Iterator<Item = PathBuf> {
        STAGES
            .into_iter()
            .filter_map(|stage| Some(self.folder.join(Path::new(stage).file_name()?)))
    }

    fn make(&self, places: &Places) -> Result<()> {
        let progress = Progress::start(
            "building Kubernetes, etcd and kwok",
            "once; real API servers are what the tests run against",
            Some(EXPECTED),
        );
        let source = places.cache.join("source").join("kubernetes");
        let draft = places.cache.join("source").join("kubernetes-draft");
        MODULE.write(&source)?;
        golang::remove(&draft)?;
        fs::create_dir_all(&draft)?;
        golang::compile(&source, &draft, &PACKAGES, &link_flags(), |step| match step {
            golang::Step::Compiled(_) => progress.detail(format!("{step} of at most {PACKAGE_COUNT}")),
            golang::Step::Downloading(_) => progress.detail(step.to_string()),
        })
        .context("the Kubernetes programs do not build")?;
        // Go names a program after its package.
        fs::rename(draft.join("server"), draft.join("etcd")).context("the build left no etcd")?;
        copy_stages(&source, &draft)?;
        fs::rename(&draft, &self.folder)
            .with_context(|| format!("cannot create {}", self.folder.display()))?;
        progress.done();
        Ok(())
    }
}

/// No symbols, and the version that the programs tell of themselves.
fn link_flags() -> String {
    let minor = KUBERNETES.split('.').nth(1).unwrap_or_default();
    let mut flags = "-s -w".to_owned();
    for package in ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"] {
        for (variable, value) in [
            ("gitVersion", format!("v{KUBERNETES}")),
            ("gitMajor", "1".to_owned()),
            ("gitMinor", minor.to_owned()),
            ("gitTreeState", "clean".to_owned()),
            ("buildDate", "2026-01-01T00:00:00Z".to_owned()),
        ] {
            let _ = write!(flags, " -X {package}.{variable}={value}");
        }
    }
    flags
}

/// Copied, so that the lab does not depend on the module cache once it is built.
fn copy_stages(source: &Path, target: &Path) -> Result<()> {
    let module = PathBuf::from(child::read(golang::go(source).args([
        "list",
        "-m",
        "-f",
        "{{.Dir}}",
        "sigs.k8s.io/kwok",
    ]))?);
    for stage in STAGES {
        let file = module.join("kustomize/stage").join(stage);
        let name = Path::new(stage).file_name().unwrap_or_default();
        // Written anew: files of the module cache are read-only.
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        fs::write(target.join(name), content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_pins_the_version_that_the_programs_tell() {
        assert!(
            MODULE
                .go_mod
                .contains(&format!("k8s.io/kubernetes v{KUBERNETES}"))
        );
    }
}
