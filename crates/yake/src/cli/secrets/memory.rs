//! A folder in memory: what lies in it never touches a disk, unless the system swaps.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::super::environment::Environment;

const PREFIX: &str = "yake-edit-";

/// A folder that only this user can read, gone with the value.
pub(super) struct Memory(TempDir);

impl Memory {
    /// A folder in `$XDG_RUNTIME_DIR` or `/dev/shm`, whichever is in memory. What processes left that were killed
    /// is removed.
    pub(super) fn new(environment: &Environment) -> io::Result<Self> {
        let runtime = environment.variable("XDG_RUNTIME_DIR").map(PathBuf::from);
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let candidates = runtime.into_iter().chain([PathBuf::from("/dev/shm")]);
        let folder = candidates
            .into_iter()
            .find(|folder| folder.is_dir() && is_in_memory(folder, &mounts));
        let folder = folder.ok_or_else(|| {
            let problem = "neither $XDG_RUNTIME_DIR nor /dev/shm is a file system in memory";
            io::Error::new(io::ErrorKind::NotFound, problem)
        })?;
        remove_remains(&folder);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        tempfile::Builder::new()
            .prefix(&prefix)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(folder)
            .map(Self)
    }

    /// Writes a file that only this user can read.
    pub(super) fn write(&self, name: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.0.path().join(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(&path)?.write_all(bytes)?;
        Ok(path)
    }

    /// Removes the folder; it would go with the value as well, but then nobody hears of a failure.
    pub(super) fn remove(self) -> io::Result<()> {
        self.0.close()
    }
}

/// By the mount that is closest above.
fn is_in_memory(folder: &Path, mounts: &str) -> bool {
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let above = mounts.filter(|(point, _)| folder.starts_with(point));
    let closest = above.max_by_key(|(point, _)| point.len());
    closest.is_some_and(|(_, kind)| matches!(kind, "tmpfs" | "ramfs"))
}

/// Folders of processes that do not exist any more.
fn remove_remains(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        let is_gone = process.is_some_and(|process| !Path::new("/proc").join(process).exists());
        if is_gone {
            // Another user's stays; it is not ours to remove.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_in_memory_if_the_mount_that_is_closest_above_it_is() {
        let mounts = "/dev/sda / ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n/dev/sdb /run/disk ext4 rw 0 0\n";
        assert!(is_in_memory(Path::new("/run/user/0"), mounts));
        assert!(!is_in_memory(Path::new("/run/disk/x"), mounts));
        assert!(!is_in_memory(Path::new("/tmp"), mounts));
    }
}
