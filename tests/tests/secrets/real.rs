//! The real sops with a key of its own, and what two documents are compared by.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use common::secrets::Identities;
use jiff::Timestamp;

pub(crate) struct Real {
    programs: PathBuf,
    folder: tempfile::TempDir,
    secret_key: String,
}

pub(crate) fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

impl Real {
    pub(crate) fn new() -> Result<Self> {
        let programs = alasca_tests::programs::sops()?;
        let generated = run(Command::new(programs.join("age-keygen")))?;
        let generated = String::from_utf8(generated)?;
        let secret_key = generated.lines().find(|line| line.starts_with("AGE-SECRET-KEY-"));
        Ok(Self {
            programs,
            folder: tempfile::tempdir()?,
            secret_key: secret_key.unwrap().to_owned(),
        })
    }

    pub(crate) fn identities(&self) -> Identities {
        Identities::parse(&self.secret_key).unwrap()
    }

    pub(crate) fn key(&self) -> &str {
        &self.secret_key
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn encrypt(&self, file: &str, text: &[u8], flags: &[&str]) -> Result<Vec<u8>> {
        let recipient = self.identities().recipients()[0].to_string();
        let path = self.folder().join(file);
        fs::write(&path, text)?;
        run(self
            .sops()
            .args(["--encrypt", "--age", &recipient])
            .args(flags)
            .arg(path))
    }

    pub(crate) fn decrypt(&self, file: &str, encrypted: &[u8]) -> Result<Vec<u8>> {
        let path = self.folder().join(file);
        fs::write(&path, encrypted)?;
        run(self.sops().arg("decrypt").arg(path))
    }

    pub(crate) fn sops(&self) -> Command {
        let mut sops = Command::new(self.programs.join("sops"));
        sops.current_dir(self.folder())
            .env("SOPS_AGE_KEY", &self.secret_key);
        sops
    }
}

pub(crate) fn run(mut command: impl std::borrow::BorrowMut<Command>) -> Result<Vec<u8>> {
    let output = command
        .borrow_mut()
        .env("SOPS_DISABLE_VERSION_CHECK", "1")
        .output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout)
}

/// The values of a document as JSON in their order, and its comments.
pub(crate) fn shown(file: &str, document: &[u8]) -> String {
    let text = String::from_utf8_lossy(document);
    if file.ends_with("yaml") {
        let values: Vec<serde_json::Value> = serde_saphyr::from_multiple(&text).unwrap();
        let comments: Vec<&str> = text
            .lines()
            .filter_map(|line| Some(line.split_once('#')?.1.trim_end_matches(['"', '\''])))
            .collect();
        return format!(
            "{}\n{comments:#?}",
            serde_json::to_string_pretty(&values).unwrap()
        );
    }
    if file.ends_with("json") {
        let value: serde_json::Value = serde_json::from_slice(document).unwrap();
        return serde_json::to_string_pretty(&value).unwrap();
    }
    if file.ends_with("ini") {
        // The two differ in how they align and quote.
        let lines = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        return lines
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n");
    }
    format!("{document:?}")
}
