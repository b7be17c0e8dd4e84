//! `yake check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;

use super::clusters::connect;
use super::error::CliError;
use super::folder::read_folder;
use super::version::VERSION;
use crate::check::{Facts, Finding, Report, Schemas, Severity, check, sarif};
use crate::survey::{self, Surveyed};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct CheckOptions {
    /// A landscape, a repository with Kustomizations of Flux, or any folder that builds.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Folder that nothing is read from outside of; the Git repository around PATH by default.
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,
    /// Kubeconfig of the runtime cluster: what it has may be named, and its kinds are known.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Kubeconfig of the virtual garden, for the same.
    #[arg(long, value_name = "FILE")]
    virtual_kubeconfig: Option<PathBuf>,
    /// Fail on warnings too.
    #[arg(long)]
    strict: bool,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: CheckFormat,
}

/// Forms of the result.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum CheckFormat {
    /// A table.
    #[default]
    Table,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// SARIF 2.1.0, for forges.
    Sarif,
}

/// Runs the command. It exits with 1 where something is wrong.
pub(super) async fn run(output: &Output, options: &CheckOptions) -> Result<ExitCode, CliError> {
    let (tree, folder) = read_folder(&options.path, options.root.as_deref())?;
    let mut facts = Facts {
        schemas: Schemas::shipped()?,
        ..Facts::default()
    };
    let mut report = check(&tree, &folder, &facts);
    let clusters = options.clusters().await?;
    if !clusters.is_empty() {
        survey::extend(&mut facts, &report, &clusters).await?;
        report = check(&tree, &folder, &facts);
    }
    show(output, &report, options.output)?;
    let (errors, warnings) = count(&report);
    let is_bad = errors > 0 || (options.strict && warnings > 0);
    Ok(if is_bad {
        ExitCode::Failure
    } else {
        ExitCode::Success
    })
}

impl CheckOptions {
    async fn clusters(&self) -> Result<Vec<Surveyed>, CliError> {
        let named = [
            ("runtime", &self.kubeconfig),
            ("virtual", &self.virtual_kubeconfig),
        ];
        let mut clusters = Vec::new();
        for (name, file) in named {
            if let Some(file) = file {
                let connection = connect(file).await?;
                clusters.push(Surveyed { name, connection });
            }
        }
        Ok(clusters)
    }
}

fn show(output: &Output, report: &Report, format: CheckFormat) -> Result<(), CliError> {
    let shown = Shown::of(report);
    match format {
        CheckFormat::Table => {
            if !report.findings.is_empty() {
                output.render(&shown, OutputFormat::Table)?;
            }
            output.note(&shown.summary());
        }
        CheckFormat::Json => output.document(&shown, OutputFormat::Json)?,
        CheckFormat::Yaml => output.document(&shown, OutputFormat::Yaml)?,
        CheckFormat::Sarif => output.document(&sarif(&report.findings, VERSION), OutputFormat::Json)?,
    }
    Ok(())
}

fn count(report: &Report) -> (usize, usize) {
    let errors = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    (errors, report.findings.len() - errors)
}

#[derive(Serialize)]
struct Shown<'a> {
    units: usize,
    objects: usize,
    errors: usize,
    warnings: usize,
    findings: &'a [Finding],
}

impl<'a> Shown<'a> {
    fn of(report: &'a Report) -> Self {
        let (errors, warnings) = count(report);
        Self {
            units: report.units,
            objects: report.objects,
            errors,
            warnings,
            findings: &report.findings,
        }
    }

    fn summary(&self) -> String {
        format!(
            "{} errors and {} warnings in {} objects of {} units",
            self.errors, self.warnings, self.objects, self.units
        )
    }
}

impl Render for Shown<'_> {
    fn table(&self, _: Detail) -> Table {
        let mut table = Table::new(["place", "rule", "what", "why"]);
        for finding in self.findings {
            let place = match finding.line {
                Some(line) => format!("{}:{line}", finding.file),
                None => finding.file.clone(),
            };
            let rule = match finding.severity {
                Severity::Error => finding.rule.to_string(),
                Severity::Warning => format!("{} (warning)", finding.rule),
            };
            let path = finding.path.to_string();
            let what = match &finding.object {
                Some(object) => format!("{object}\n{path}"),
                None => String::new(),
            };
            let why = match &finding.hint {
                Some(hint) => format!("{}\n{hint}", finding.message),
                None => finding.message.clone(),
            };
            table.push([place, rule, what, why]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.findings
            .iter()
            .map(|finding| finding.rule.to_string())
            .collect()
    }
}
