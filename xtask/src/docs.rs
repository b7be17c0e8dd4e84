//! `cargo xtask docs`: reference pages and schemas, written by the programs that they describe.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::child;
use crate::places::{self, Places};
use crate::product::{self, Profile};
use crate::say;

/// Whether to write or to compare.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Change nothing; fail if a page is not what the programs would write
    #[arg(long)]
    check: bool,
}

/// Where the pages lie in the checkout.
const REFERENCE: &str = "docs/src/reference";
/// The programs that have a command `reference --output FOLDER`.
const PROGRAMS: [&str; 2] = ["krake", "yake"];

pub(crate) fn run(places: &Places, arguments: &Arguments) -> Result<()> {
    if arguments.check {
        check(places)
    } else {
        write(places)
    }
}

/// Writes all pages anew; a page that no program writes any more goes.
fn write(places: &Places) -> Result<()> {
    let target = places.checkout.join(REFERENCE);
    let pages = generate(places)?;
    for stale in difference(&target, &pages)? {
        let (old, new) = (target.join(&stale), pages.join(&stale));
        if new.exists() {
            create_parent(&old)?;
            fs::copy(&new, &old).with_context(|| format!("cannot write {}", old.display()))?;
        } else {
            fs::remove_file(&old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
        say::line(format_args!("  {REFERENCE}/{}", stale.display()));
    }
    Ok(())
}

/// Fails, naming them, if pages of the checkout are not what the programs would write.
pub(crate) fn check(places: &Places) -> Result<()> {
    let stale = difference(&places.checkout.join(REFERENCE), &generate(places)?)?;
    if stale.is_empty() {
        return Ok(());
    }
    let names = stale
        .iter()
        .map(|page| page.display().to_string())
        .collect::<Vec<_>>();
    bail!(
        "stale in {REFERENCE}: {}; `cargo xtask docs` writes them",
        names.join(", ")
    )
}

fn generate(places: &Places) -> Result<PathBuf> {
    let pages = places.checkout.join("target/xtask/reference");
    if pages.exists() {
        fs::remove_dir_all(&pages).with_context(|| format!("cannot remove {}", pages.display()))?;
    }
    fs::create_dir_all(&pages).with_context(|| format!("cannot create {}", pages.display()))?;
    let built = product::build(places, Profile::Dev, &PROGRAMS)?;
    for program in PROGRAMS {
        let mut reference = places.program(built.program(program)?);
        child::run(reference.args(["reference", "--output"]).arg(&pages))?;
    }
    Ok(pages)
}

/// Pages that differ, or are in one folder only, relative to it.
fn difference(one: &Path, other: &Path) -> Result<Vec<PathBuf>> {
    let mut pages = files(one, Path::new(""))?;
    pages.extend(files(other, Path::new(""))?);
    pages.sort();
    pages.dedup();
    pages.retain(|page| fs::read(one.join(page)).ok() != fs::read(other.join(page)).ok());
    Ok(pages)
}

fn files(root: &Path, below: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in places::entries(&root.join(below))? {
        let relative = below.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            found.extend(files(root, &relative)?);
        } else {
            found.push(relative);
        }
    }
    Ok(found)
}

fn create_parent(path: &Path) -> Result<()> {
    let parent = path.parent().context("a page needs a folder")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_missing_and_surplus_pages_are_found() {
        let root = std::env::temp_dir().join(format!("alasca-xtask-docs-{}", std::process::id()));
        let (one, other) = (root.join("one"), root.join("other"));
        for folder in [&one, &other] {
            fs::create_dir_all(folder.join("sub")).unwrap();
            fs::write(folder.join("same.md"), "same").unwrap();
        }
        fs::write(one.join("sub/changed.md"), "old").unwrap();
        fs::write(other.join("sub/changed.md"), "new").unwrap();
        fs::write(one.join("surplus.md"), "").unwrap();

        let found = difference(&one, &other).unwrap();
        fs::remove_dir_all(root).unwrap();
        assert_eq!(found, [Path::new("sub/changed.md"), Path::new("surplus.md")]);
    }
}
