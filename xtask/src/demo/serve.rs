//! `krake serve` on an embedded store in a folder of its own, and the command line that talks to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::patience::until;
use crate::process::Process;
use crate::say;

const READY_WITHIN: Duration = Duration::from_secs(20);
const END_WITHIN: Duration = Duration::from_secs(5);

/// The running product; it is ended and its folder removed when dropped.
#[derive(Debug)]
pub(super) struct Krake {
    program: PathBuf,
    process: Process,
    folder: PathBuf,
    pub(super) url: String,
}

impl Krake {
    /// Starts it with `options` and waits until it is ready.
    pub(super) fn start(program: &Path, folder: &Path, options: &[&str]) -> Result<Self> {
        drop(fs::remove_dir_all(folder));
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.join("data"));
        command.args(options);
        let process = Process::spawn(&mut command, &folder.join("log"))?;
        let mut krake = Self {
            program: program.to_path_buf(),
            process,
            folder: folder.to_path_buf(),
            url: String::new(),
        };
        krake.wait_until_ready()?;
        Ok(krake)
    }

    /// The server prints its URL once it listens; it chose the port itself.
    fn wait_until_ready(&mut self) -> Result<()> {
        until("a ready krake serve", READY_WITHIN, || {
            if !self.process.is_running() {
                bail!("krake serve has ended: {}", self.last_words());
            }
            let log = self.log();
            let Some(url) = log.lines().find(|line| line.starts_with("http://")) else {
                return Ok(false);
            };
            url.clone_into(&mut self.url);
            Ok(ureq::get(format!("{url}/readyz")).call().is_ok())
        })
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Runs a command of the command line and returns what it prints.
    pub(super) fn run<S: AsRef<str>>(&self, arguments: &[S]) -> Result<String> {
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        let output = Command::new(&self.program)
            .current_dir(&self.folder)
            .args(&arguments)
            .env("KRAKE_API_URL", &self.url)
            .stdin(Stdio::null())
            .output()
            .context("cannot start krake")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "krake {} ended with {}: {}",
                arguments.join(" "),
                output.status,
                said.trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The same, shown to whoever watches.
    pub(super) fn show<S: AsRef<str>>(&self, arguments: &[S]) -> Result<()> {
        let words: Vec<String> = arguments.iter().map(|word| quoted(word.as_ref())).collect();
        say::line(format_args!("  $ krake {}", words.join(" ")));
        for line in self.run(arguments)?.lines() {
            say::line(format_args!("    {line}"));
        }
        Ok(())
    }

    /// The same with `-o json`, as a document.
    pub(super) fn read(&self, arguments: &[&str]) -> Result<Value> {
        let text = self.run(&[arguments, &["-o", "json"]].concat())?;
        serde_json::from_str(&text).with_context(|| format!("krake {} printed no JSON", arguments.join(" ")))
    }

    pub(super) fn program(&self) -> &Path {
        &self.program
    }
}

/// As one would type it.
fn quoted(word: &str) -> String {
    if word.contains(' ') {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

impl Drop for Krake {
    fn drop(&mut self) {
        if let Err(error) = self.process.end(END_WITHIN) {
            say::failure(&error);
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}
