//! Benchmarks: the measured values beside the targets, the original's figures and the peers'.
//!
//! The load programs are built from the crate `tests`; here stands what is asked of the product and how the
//! answer is shown. The labs that a figure needs are up only while it is measured, unless they were before.

mod figures;
mod machine;
mod report;
mod run;
mod targets;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::places::Places;
use crate::say;

use figures::Figure;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Krake: API, store, scheduling, real clusters, memory
    #[command(after_help = "Example: cargo xtask bench krake --only creates,watch")]
    Krake(Options),
}

/// How to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only these figures
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    only: Vec<Figure>,
    /// A tenth of the load, to see that everything works; its values mean nothing
    #[arg(long)]
    quick: bool,
    #[arg(short, long, default_value = "table")]
    output: Output,
}

/// Who reads the result.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// People; a table that also is Markdown
    Table,
    /// Programs
    Json,
}

impl Bench {
    pub(crate) fn run(self, places: &Places) -> Result<()> {
        match self {
            Self::Krake(options) => krake(places, &options),
        }
    }
}

fn krake(places: &Places, options: &Options) -> Result<()> {
    let figures = if options.only.is_empty() {
        Figure::value_variants()
    } else {
        &options.only
    };
    let outcome = run::all(places, figures, options.quick)?;
    let report = report::Report::new("krake", machine::describe(), &outcome.values);
    match options.output {
        Output::Table => say::data(report.table())?,
        Output::Json => say::data(serde_json::to_string_pretty(&report)?)?,
    }
    if outcome.failures.is_empty() {
        Ok(())
    } else {
        bail!("{}", outcome.failures.join("; "))
    }
}
