//! `yake secrets lint`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use common::secrets::Recipient;
use common::ui::{ExitCode, Output, OutputFormat};
use serde::Serialize;

use super::super::error::CliError;
use super::super::folder::read_folder;
use crate::secrets::{Found, lint};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct LintOptions {
    /// Files and folders.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Age recipient that must be able to open every encrypted file, besides those of .sops.yaml; may be repeated.
    #[arg(long, value_name = "RECIPIENT", value_delimiter = ',')]
    recipient: Vec<Recipient>,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: LintFormat,
}

/// Forms of findings.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum LintFormat {
    /// A line for each.
    #[default]
    Text,
    /// A list in JSON.
    Json,
}

#[derive(Serialize)]
struct Shown {
    file: String,
    line: Option<usize>,
    path: String,
    problem: String,
}

/// Runs the command.
pub(super) fn run(options: &LintOptions, output: &Output) -> Result<ExitCode, CliError> {
    let mut all = Vec::new();
    for path in &options.paths {
        all.extend(below(path, &options.recipient)?);
    }
    match options.output {
        LintFormat::Text => all.iter().try_for_each(|found| output.line(&line(found)))?,
        LintFormat::Json => output.document(&all, OutputFormat::Json)?,
    }
    Ok(if all.is_empty() {
        ExitCode::Success
    } else {
        ExitCode::Failure
    })
}

/// Findings with paths as the user gave them.
fn below(path: &Path, expected: &[Recipient]) -> Result<Vec<Shown>, CliError> {
    let folder = if path.is_dir() {
        path
    } else {
        path.parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."))
    };
    let (tree, inside) = read_folder(folder, None)?;
    let under = match path.file_name().filter(|_| !path.is_dir()) {
        Some(name) if inside.is_empty() => name.to_string_lossy().into_owned(),
        Some(name) => format!("{inside}/{}", name.to_string_lossy()),
        None => inside.clone(),
    };
    let found = lint(&tree, &under, expected)?;
    Ok(found
        .into_iter()
        .map(|found| shown(found, folder, &inside))
        .collect())
}

fn shown(found: Found, folder: &Path, inside: &str) -> Shown {
    let below = found.file.strip_prefix(inside).filter(|_| !inside.is_empty());
    let below = match below {
        Some(below) => below.trim_start_matches('/'),
        None => found.file.as_str(),
    };
    let file = folder.join(below).display().to_string();
    Shown {
        file: file.strip_prefix("./").unwrap_or(&file).to_owned(),
        line: found.line,
        path: found.path,
        problem: found.problem,
    }
}

fn line(found: &Shown) -> String {
    let mut text = found.file.clone();
    if let Some(line) = found.line {
        text = format!("{text}:{line}");
    }
    if !found.path.is_empty() {
        text = format!("{text}: {}", found.path);
    }
    format!("{text}: {}", found.problem)
}
