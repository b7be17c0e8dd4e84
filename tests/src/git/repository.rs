//! A repository that the real git makes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// A working copy, and the bare repository that it is pushed to and that servers serve.
#[derive(Debug)]
pub struct Repository {
    work: PathBuf,
    bare: PathBuf,
}

impl Repository {
    /// A repository `NAME.git` below the root, with a branch and nothing in it.
    ///
    /// # Errors
    /// If git fails.
    pub fn create(root: &Path, name: &str, branch: &str) -> Result<Self> {
        let repository = Self {
            work: root.join(format!("{name}.work")),
            bare: root.join(format!("{name}.git")),
        };
        let branch = format!("--initial-branch={branch}");
        git(
            root,
            &["init", "--quiet", "--bare", &branch, &format!("{name}.git")],
        )?;
        git(root, &["init", "--quiet", &branch, &format!("{name}.work")])?;
        repository.git(&["remote", "add", "origin", &repository.bare.display().to_string()])?;
        Ok(repository)
    }

    /// Writes a file of the working copy.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> Result<&Self> {
        let path = self.work.join(path);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(self)
    }

    /// Removes a file of the working copy.
    ///
    /// # Errors
    /// If it is not there.
    pub fn remove(&self, path: &str) -> Result<&Self> {
        fs::remove_file(self.work.join(path))?;
        Ok(self)
    }

    /// Commits all files as `Ada <ada@example.org>`, pushes, and returns the commit.
    ///
    /// # Errors
    /// If git fails.
    pub fn commit(&self, message: &str) -> Result<String> {
        self.commit_as(message, "Ada <ada@example.org>")
    }

    /// Commits all files as somebody, pushes, and returns the commit.
    ///
    /// # Errors
    /// If git fails.
    pub fn commit_as(&self, message: &str, author: &str) -> Result<String> {
        self.git(&["add", "--all"])?;
        let author = format!("--author={author}");
        self.git(&[
            "commit",
            "--quiet",
            "--allow-empty",
            "--message",
            message,
            &author,
        ])?;
        self.push()?;
        self.head()
    }

    /// The commit that is checked out.
    ///
    /// # Errors
    /// If git fails.
    pub fn head(&self) -> Result<String> {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Checks a branch out, made here if it is not there.
    ///
    /// # Errors
    /// If git fails.
    pub fn branch(&self, name: &str) -> Result<&Self> {
        if self.git(&["checkout", "--quiet", name]).is_err() {
            self.git(&["checkout", "--quiet", "-b", name])?;
        }
        Ok(self)
    }

    /// Tags the commit that is checked out, and pushes the tag. With a message, the tag is annotated.
    ///
    /// # Errors
    /// If git fails.
    pub fn tag(&self, name: &str, message: Option<&str>) -> Result<&Self> {
        match message {
            Some(message) => self.git(&["tag", "--annotate", "--message", message, name])?,
            None => self.git(&["tag", name])?,
        };
        self.push()?;
        Ok(self)
    }

    /// Goes back by a number of commits, and makes the served repository forget them.
    ///
    /// # Errors
    /// If git fails.
    pub fn rewind(&self, commits: usize) -> Result<&Self> {
        self.git(&["reset", "--quiet", "--hard", &format!("HEAD~{commits}")])?;
        self.push()?;
        git(&self.bare, &["reflog", "expire", "--expire=now", "--all"])?;
        git(&self.bare, &["gc", "--quiet", "--prune=now"])?;
        Ok(self)
    }

    /// Runs git in the working copy and returns what it prints.
    ///
    /// # Errors
    /// If git fails.
    pub fn git(&self, arguments: &[&str]) -> Result<String> {
        git(&self.work, arguments)
    }

    /// Runs git in the served repository.
    ///
    /// # Errors
    /// If git fails.
    pub fn serve(&self, arguments: &[&str]) -> Result<String> {
        git(&self.bare, arguments)
    }

    /// The served repository.
    pub fn bare(&self) -> &Path {
        &self.bare
    }

    /// The working copy.
    pub fn work(&self) -> &Path {
        &self.work
    }

    /// Commits a great many files at once, without writing them to the working copy; the branch is checked out after.
    ///
    /// # Errors
    /// If git fails.
    pub fn import(&self, branch: &str, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<()> {
        let mut stream = Vec::new();
        write!(
            stream,
            "commit refs/heads/{branch}\ncommitter Ada <ada@example.org> 1700000000 +0000\n"
        )?;
        write!(stream, "data 6\nimport\n")?;
        for (path, bytes) in files {
            write!(stream, "M 100644 inline {path}\ndata {}\n", bytes.len())?;
            stream.extend_from_slice(&bytes);
            stream.push(b'\n');
        }
        let mut import = command(&self.bare, &["fast-import", "--quiet", "--force"])
            .stdin(Stdio::piped())
            .spawn()?;
        import.stdin.take().context("git reads")?.write_all(&stream)?;
        ensure!(import.wait()?.success(), "git fast-import failed");
        Ok(())
    }

    fn push(&self) -> Result<()> {
        self.git(&["push", "--quiet", "--force", "--all", "origin"])?;
        self.git(&["push", "--quiet", "--force", "--tags", "origin"])?;
        // Over dumb HTTP this would be needed; over all others it shows that nothing of it is.
        Ok(())
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = command(folder, arguments).output().context("git cannot be run")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "git {arguments:?}: {complaint}");
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

/// Git without the settings of whoever runs the test.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Ada");
        command.env(format!("GIT_{role}_EMAIL"), "ada@example.org");
    }
    command
}
