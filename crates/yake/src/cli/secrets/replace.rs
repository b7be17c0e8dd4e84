//! New contents for files: all of them are written beside the old ones before the first takes its place, so that a
//! failure leaves whole files, old or new.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use common::ui::Output;
use tempfile::NamedTempFile;

use super::super::error::CliError;

/// Replaces files, and prints which.
pub(super) fn replace(contents: &[(PathBuf, impl AsRef<[u8]>)], output: &Output) -> Result<(), CliError> {
    let written: Vec<(NamedTempFile, PathBuf)> = contents
        .iter()
        .map(|(path, bytes)| beside(path, bytes.as_ref()).map_err(failed(path)))
        .collect::<Result<_, _>>()?;
    for ((file, target), (path, _)) in written.into_iter().zip(contents) {
        file.persist(&target).map_err(|error| failed(path)(error.error))?;
        output.line(&path.display().to_string())?;
    }
    Ok(())
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> CliError {
    let path = path.to_owned();
    move |source| CliError::Write { path, source }
}

/// A file with the new content, and what it will replace: where a link leads, so that the link stays.
fn beside(path: &Path, bytes: &[u8]) -> io::Result<(NamedTempFile, PathBuf)> {
    let target = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        other => other?,
    };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::Builder::new()
        .prefix(".yake-")
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    if let Ok(old) = fs::metadata(&target) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    Ok((file, target))
}
