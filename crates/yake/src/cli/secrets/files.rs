//! The files that a command works on: those that were named, and those below folders that were named.

use std::fs;
use std::path::{Path, PathBuf};

use common::secrets::{Format, Reason, SecretsError, recipients};
use common::ui::Output;

use super::super::error::CliError;

/// Folders that are passed over.
const SKIPPED: [&str; 3] = [".git", "target", "node_modules"];

/// How a file came to be worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    /// It was named.
    Named,
    /// It lies below a folder that was named.
    Below,
}

/// A file.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) chosen: Chosen,
    pub(super) bytes: Vec<u8>,
}

impl File {
    /// Reads a file that was named.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        Self::read_as(path, Chosen::Named)
    }

    fn read_as(path: &Path, chosen: Chosen) -> Result<Self, CliError> {
        Ok(Self {
            bytes: fs::read(path).map_err(failed(path))?,
            path: path.to_owned(),
            chosen,
        })
    }

    /// The name for messages.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Its format by its name.
    pub(super) fn format(&self) -> Format {
        Format::of(&self.name())
    }

    /// It has a `sops` block.
    pub(super) fn is_encrypted(&self) -> bool {
        !matches!(
            recipients("", self.format(), &self.bytes),
            Err(SecretsError {
                reason: Reason::NotEncrypted | Reason::Syntax(..),
                ..
            })
        )
    }
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> CliError {
    let path = path.to_owned();
    move |source| CliError::Read { path, source }
}

/// Reads all files that the paths mean, in order. Links below folders are not followed.
pub(super) fn collect(paths: &[PathBuf]) -> Result<Vec<File>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if fs::metadata(path).map_err(failed(path))?.is_dir() {
            below(path, &mut files)?;
        } else {
            files.push(File::read(path)?);
        }
    }
    Ok(files)
}

fn below(folder: &Path, files: &mut Vec<File>) -> Result<(), CliError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(failed(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed(&entry.path()))?);
        if kind.is_dir() && !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) {
            below(&path, files)?;
        } else if kind.is_file() {
            files.push(File::read_as(&path, Chosen::Below)?);
        }
    }
    Ok(())
}

/// Does the same with all files and tells all that is wrong with them. Nothing has been written by then.
pub(super) fn each<T>(
    files: &[File],
    output: &Output,
    mut work: impl FnMut(&File) -> Result<Option<T>, CliError>,
) -> Result<Vec<(PathBuf, T)>, CliError> {
    let (mut done, mut failed) = (Vec::new(), 0);
    for file in files {
        match work(file) {
            Ok(result) => done.extend(result.map(|result| (file.path.clone(), result))),
            Err(error) => {
                output.error(&error);
                failed += 1;
            }
        }
    }
    if failed == 0 {
        Ok(done)
    } else {
        Err(CliError::Several { failed })
    }
}
