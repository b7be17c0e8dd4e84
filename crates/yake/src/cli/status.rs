//! `yake status`: how a landscape is, in one answer.

use clap::{Args, ValueEnum};
use common::ui::{Detail, ExitCode, Output, OutputFormat, Render, Table};
use serde::Serialize;

use super::clusters::ClusterOptions;
use super::environment::Environment;
use super::error::CliError;
use crate::landscape::health::{Expectation, Standing};
use crate::landscape::{Finding, Rollup, ShootPolicy};

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct StatusOptions {
    #[command(flatten)]
    clusters: ClusterOptions,
    /// Whether a sick shoot makes a sick landscape.
    #[arg(long, value_enum, default_value_t)]
    shoots: Shoots,
    /// Form of the output.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: OutputFormat,
}

/// How tenants' clusters count.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Shoots {
    /// Each of them counts.
    #[default]
    Count,
    /// They are listed only.
    List,
}

/// Runs the command. Exits with 0 where the landscape is healthy, 1 where it is degraded, 2 otherwise.
pub(super) async fn run(
    options: &StatusOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let observation = options.clusters.observe(environment, output).await?;
    let policy = match options.shoots {
        Shoots::Count => ShootPolicy::Count,
        Shoots::List => ShootPolicy::List,
    };
    let rollup = Rollup::of(&observation.objects, &Expectation::default(), policy);
    let standing = rollup.standing;
    output.render(&Status(rollup), options.output)?;
    Ok(match standing {
        Standing::Healthy => ExitCode::Success,
        Standing::Degraded => ExitCode::Failure,
        Standing::Progressing | Standing::Unknown => ExitCode::Unsettled,
    })
}

#[derive(Serialize)]
#[serde(transparent)]
struct Status(Rollup);

impl Render for Status {
    /// The landscape first, then what is not well; all objects where more is wanted.
    fn table(&self, detail: Detail) -> Table {
        let mut table = Table::new(["object", "standing", "why"]);
        table.push([
            "landscape".to_owned(),
            self.0.standing.to_string(),
            self.summary(),
        ]);
        let is_shown = |finding: &&Finding| detail == Detail::Wide || finding.standing != Standing::Healthy;
        for finding in self.0.findings.iter().filter(is_shown) {
            table.push([name(finding), finding.standing.to_string(), why(finding)]);
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.0.findings.iter().map(name).collect()
    }
}

impl Status {
    fn summary(&self) -> String {
        let of_kind = |(kind, counts): (&String, &std::collections::BTreeMap<&str, usize>)| {
            let all: usize = counts.values().sum();
            let well = counts.get("healthy").copied().unwrap_or_default();
            let kind = kind.split('.').next().unwrap_or_default();
            format!("{kind} {well}/{all}")
        };
        self.0.counts.iter().map(of_kind).collect::<Vec<_>>().join(", ")
    }
}

fn name(finding: &Finding) -> String {
    let name = match &finding.namespace {
        Some(namespace) => format!("{namespace}/{}", finding.name),
        None => finding.name.clone(),
    };
    format!("{} {name}", finding.kind.split('.').next().unwrap_or_default())
        .trim_end()
        .to_owned()
}

fn why(finding: &Finding) -> String {
    let reasons = finding.reasons.iter().map(|reason| reason.message.as_str());
    let left_out = finding.is_left_out.then_some("not counted");
    left_out.into_iter().chain(reasons).collect::<Vec<_>>().join("; ")
}
