//! What is in a mirror: the files of a commit, who wrote it, and who wrote a line.

use std::path::Path;

use git2::{BlameOptions, ErrorCode, ObjectType, Odb, Oid, Repository};
use jiff::Timestamp;

use super::error::Error;
use super::mirror::{Mirror, damaged, known};
use super::reference::Commit;

/// Folders inside of folders.
const DEPTH: usize = 64;

/// What is read of a commit at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of one file; larger ones are named and not read.
    pub file: u64,
    /// Bytes of all files together.
    pub total: u64,
    /// Files and folders.
    pub entries: u64,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            file: 16 << 20,
            total: 256 << 20,
            entries: 200_000,
        }
    }
}

/// Something in a commit that is no folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Path below the root, with `/` between its parts.
    pub path: String,
    /// What it is.
    pub content: Content,
}

/// What a path of a commit leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file.
    File {
        /// Bytes.
        bytes: Vec<u8>,
        /// May be run.
        mode: Mode,
    },
    /// A symbolic link, with what stands in it; it may lead anywhere.
    Link(String),
    /// A file that is larger than the limit, with its size.
    TooLarge(u64),
    /// A commit of another repository.
    Submodule(Commit),
}

/// Whether a file may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It may not.
    Plain,
    /// It may.
    Executable,
}

/// A commit, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorship {
    /// Commit.
    pub commit: Commit,
    /// Name of the author.
    pub author: String,
    /// Address of the author.
    pub email: String,
    /// When it was written.
    pub time: Timestamp,
    /// First line of the message.
    pub summary: String,
}

impl Mirror {
    /// The files of a commit, in the order of git.
    pub async fn files(&self, commit: Commit, limits: ReadLimits) -> Result<Vec<FileEntry>, Error> {
        self.read(move |repository, folder| {
            let objects = repository.odb().map_err(|source| damaged(folder, source))?;
            let root = repository.find_commit(commit.0).and_then(|found| found.tree());
            let root = root.map_err(known(folder, commit))?.id();
            let mut reader = Reader {
                repository,
                objects,
                folder,
                commit,
                limits,
                size: 0,
                entries: 0,
                files: Vec::new(),
            };
            reader.folder(root, "", 0)?;
            Ok(reader.files)
        })
        .await
    }

    /// Who wrote a commit, when and why.
    pub async fn authorship(&self, commit: Commit) -> Result<Authorship, Error> {
        self.read(move |repository, folder| authorship(repository, commit.0).map_err(known(folder, commit)))
            .await
    }

    /// The commit that last changed a line (from 1) of a file as it is in `commit`.
    pub async fn origin_of(&self, commit: Commit, path: &str, line: usize) -> Result<Authorship, Error> {
        let path = path.to_owned();
        self.read(move |repository, folder| {
            let found = repository.find_commit(commit.0).map_err(known(folder, commit))?;
            drop(found);
            match origin(repository, commit.0, &path, line) {
                Ok(Some(authorship)) => Ok(authorship),
                Err(error) if error.code() != ErrorCode::NotFound && error.code() != ErrorCode::Invalid => {
                    Err(damaged(folder, error))
                }
                Ok(None) | Err(_) => Err(Error::UnknownLine { commit, path, line }),
            }
        })
        .await
    }
}

fn authorship(repository: &Repository, commit: Oid) -> Result<Authorship, git2::Error> {
    let commit = repository.find_commit(commit)?;
    let author = commit.author();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Authorship {
        commit: Commit(commit.id()),
        author: text(author.name_bytes()),
        email: text(author.email_bytes()),
        time: Timestamp::from_second(author.when().seconds()).unwrap_or(Timestamp::UNIX_EPOCH),
        summary: text(commit.summary_bytes().unwrap_or_default()),
    })
}

pub(super) fn origin(
    repository: &Repository,
    commit: Oid,
    path: &str,
    line: usize,
) -> Result<Option<Authorship>, git2::Error> {
    let tree = repository.find_commit(commit)?.tree()?;
    let blob = repository.find_blob(tree.get_path(Path::new(path))?.id())?;
    let lines = blob.content().split_inclusive(|byte| *byte == b'\n').count();
    if line == 0 || line > lines {
        return Ok(None);
    }
    let mut options = BlameOptions::new();
    options.newest_commit(commit).min_line(line).max_line(line);
    let blame = repository.blame_file(Path::new(path), Some(&mut options))?;
    let hunk = blame.get_line(line).map(|hunk| hunk.final_commit_id());
    hunk.map(|commit| authorship(repository, commit)).transpose()
}

struct Reader<'a> {
    repository: &'a Repository,
    objects: Odb<'a>,
    folder: &'a Path,
    commit: Commit,
    limits: ReadLimits,
    size: u64,
    entries: u64,
    files: Vec<FileEntry>,
}

impl Reader<'_> {
    fn folder(&mut self, tree: Oid, path: &str, depth: usize) -> Result<(), Error> {
        if depth > DEPTH {
            return Err(self.too_large("folders inside of folders".to_owned(), DEPTH as u64));
        }
        let tree = self
            .repository
            .find_tree(tree)
            .map_err(|source| damaged(self.folder, source))?;
        for entry in &tree {
            self.entries += 1;
            if self.entries > self.limits.entries {
                return Err(self.too_large("more files and folders".to_owned(), self.limits.entries));
            }
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            if name.is_empty() || name == "." || name == ".." || name.contains('/') {
                return Err(Error::BadName {
                    commit: self.commit,
                    folder: path.to_owned(),
                    name,
                });
            }
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}/{name}")
            };
            match entry.kind() {
                Some(ObjectType::Tree) => self.folder(entry.id(), &path, depth + 1)?,
                Some(ObjectType::Commit) => self.push(path, Content::Submodule(Commit(entry.id()))),
                _ => self.file(path, entry.id(), entry.filemode())?,
            }
        }
        Ok(())
    }

    fn file(&mut self, path: String, id: Oid, mode: i32) -> Result<(), Error> {
        let (size, _) = self
            .objects
            .read_header(id)
            .map_err(|source| damaged(self.folder, source))?;
        let size = size as u64;
        if size > self.limits.file {
            self.push(path, Content::TooLarge(size));
            return Ok(());
        }
        self.size += size;
        if self.size > self.limits.total {
            return Err(self.too_large("files with more bytes together".to_owned(), self.limits.total));
        }
        let object = self
            .objects
            .read(id)
            .map_err(|source| damaged(self.folder, source))?;
        let bytes = object.data().to_vec();
        drop(object);
        let content = match mode {
            0o120_000 => Content::Link(String::from_utf8_lossy(&bytes).into_owned()),
            0o100_755 => Content::File {
                bytes,
                mode: Mode::Executable,
            },
            _ => Content::File {
                bytes,
                mode: Mode::Plain,
            },
        };
        self.push(path, content);
        Ok(())
    }

    fn push(&mut self, path: String, content: Content) {
        self.files.push(FileEntry { path, content });
    }

    fn too_large(&self, what: String, limit: u64) -> Error {
        Error::TooLarge {
            commit: self.commit,
            what,
            limit,
        }
    }
}
