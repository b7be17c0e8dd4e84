//! Single programs of others that tests run to compare with or against: sops, age, kustomize, sshd. Each set is
//! built from a module graph of its own, or unpacked, when it is first asked for, and is kept in the cache.

mod sshd;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use super::golang;
use crate::places::{self, Places, fingerprint};
use crate::say::{self, Progress};

/// Builds the programs if they are not there yet and prints the folder in which they lie.
#[derive(Debug, Args)]
pub(crate) struct Command {
    programs: Set,
}

/// Programs that are built together.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Set {
    /// sops, age and age-keygen
    Sops,
    /// kustomize
    Kustomize,
    /// sshd, ssh-keygen and libraries for them
    Sshd,
}

/// What one set is made from.
struct Recipe {
    name: &'static str,
    version: &'static str,
    why: &'static str,
    module: golang::Module,
    packages: &'static [&'static str],
    link_flags: &'static str,
    /// From empty caches, on two quiet cores.
    expected: Duration,
}

impl Command {
    pub(crate) fn run(&self, places: &Places) -> Result<()> {
        Ok(say::data(self.programs.ensure(places)?.display())?)
    }
}

impl Set {
    /// The folder of the programs, built if they are not there yet.
    pub(crate) fn ensure(self, places: &Places) -> Result<PathBuf> {
        let Some(recipe) = self.recipe() else {
            return sshd::ensure(places);
        };
        let folder = recipe.folder(places);
        if !folder.is_dir() {
            let _lock = places::lock(&places.locks().join(recipe.name), recipe.name)?;
            if !folder.is_dir() {
                recipe.make(places, &folder)?;
            }
        }
        Ok(folder)
    }

    /// What is built from Go modules; the rest is unpacked.
    fn recipe(self) -> Option<Recipe> {
        Some(match self {
            Self::Sshd => return None,
            Self::Sops => Recipe {
                name: "sops",
                version: "3.13.3",
                why: "once; the real one is what tests of encrypted files compare with",
                module: golang::Module {
                    go_mod: include_str!("sops/go.mod"),
                    go_sum: include_str!("sops/go.sum"),
                    tools: include_str!("sops/tools.go"),
                },
                packages: &[
                    "filippo.io/age/cmd/age",
                    "filippo.io/age/cmd/age-keygen",
                    "github.com/getsops/sops/v3/cmd/sops",
                ],
                link_flags: "-s -w",
                expected: Duration::from_secs(80),
            },
            Self::Kustomize => Recipe {
                name: "kustomize",
                version: "5.8.2",
                why: "once; the real one is what tests of builds compare with",
                module: golang::Module {
                    go_mod: include_str!("kustomize/go.mod"),
                    go_sum: include_str!("kustomize/go.sum"),
                    tools: include_str!("kustomize/tools.go"),
                },
                packages: &["sigs.k8s.io/kustomize/kustomize/v5"],
                link_flags: "-s -w -X sigs.k8s.io/kustomize/api/provenance.version=v5.8.2",
                expected: Duration::from_secs(30),
            },
        })
    }
}

impl Recipe {
    /// Another recipe is another folder, also where the version is the same.
    fn folder(&self, places: &Places) -> PathBuf {
        let module = &self.module;
        let parts = [module.go_mod, module.go_sum, module.tools, self.link_flags];
        let recipe = fingerprint(parts.map(str::as_bytes));
        places
            .cache
            .join(format!("{}-{}-{recipe}", self.name, self.version))
    }

    /// Into a draft first: a folder under its own name is complete.
    fn make(&self, places: &Places, folder: &Path) -> Result<()> {
        let progress = Progress::start(format!("building {}", self.name), self.why, Some(self.expected));
        let source = places.cache.join("source").join(self.name);
        let draft = places.cache.join("source").join(format!("{}-draft", self.name));
        self.module.write(&source)?;
        golang::remove(&draft)?;
        fs::create_dir_all(&draft).with_context(|| format!("cannot create {}", draft.display()))?;
        golang::compile(&source, &draft, self.packages, self.link_flags, |step| {
            progress.detail(step.to_string());
        })
        .with_context(|| format!("{} does not build", self.name))?;
        fs::rename(&draft, folder).with_context(|| format!("cannot create {}", folder.display()))?;
        progress.done();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_pins_the_version_that_its_folder_names() {
        for recipe in Set::value_variants().iter().filter_map(|set| set.recipe()) {
            let pin = format!("v{}", recipe.version);
            assert!(recipe.module.go_mod.contains(&pin), "{} {pin}", recipe.name);
        }
    }
}
