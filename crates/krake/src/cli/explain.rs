//! `krake explain`: why an application runs where it runs, and what would change that.

use std::time::Duration;

use clap::{Args, Subcommand};
use common::ui::{Detail, OutputFormat, Render, Table};
use serde::Serialize;

use super::error::CliError;
use super::options::GetOptions;
use super::session::Session;
use super::table::lines;
use crate::api::Application;
use crate::controllers::scheduler;
use crate::scheduler::{ClusterExplanation, Explanation, MetricExplanation, Settings};

/// Time that a metrics provider has to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What can be explained.
#[derive(Debug, Clone, Subcommand)]
pub enum ExplainCommand {
    /// The place of an application.
    #[command(visible_alias = "application")]
    App(ExplainOptions),
}

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct ExplainOptions {
    #[command(flatten)]
    target: GetOptions,
    #[command(flatten)]
    eagerness: Eagerness,
}

/// How eager the scheduler is, for a look at what another setting would bring.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct Eagerness {
    /// Least time in seconds that an application stays where it was put [default: as the scheduler is set].
    #[arg(long, value_name = "SECONDS", value_parser = positive)]
    reschedule_after: Option<f64>,
    /// Weight of staying in the ranking [default: as the scheduler is set].
    #[arg(long, value_name = "WEIGHT", value_parser = positive)]
    stickiness: Option<f64>,
}

impl Eagerness {
    /// Settings for an explanation: as the options say, else as the server says that its scheduler is set.
    async fn settings(self, session: &Session) -> Result<Settings, CliError> {
        let told = session.scheduling().await?;
        let default = Settings::default();
        let reschedule_after = self.reschedule_after.or(told.reschedule_after);
        let stickiness = self.stickiness.or(told.stickiness);
        if reschedule_after.is_none() || stickiness.is_none() {
            session.warn(
                "the scheduler runs apart from the API, which does not know how it is set; its defaults are \
                 assumed, unless --reschedule-after and --stickiness say otherwise",
            );
        }
        Ok(Settings {
            reschedule_after: reschedule_after.map_or(default.reschedule_after, seconds),
            stickiness: stickiness.unwrap_or(default.stickiness),
        })
    }
}

/// Times beyond all reason are as good as for ever.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// Reads a number of seconds.
fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds >= 0.0 => Ok(seconds),
        Ok(_) | Err(_) => Err(format!("'{text}' is no number of at least 0")),
    }
}

/// Runs the command.
pub(super) async fn run(session: &Session, command: ExplainCommand) -> Result<(), CliError> {
    let ExplainCommand::App(ExplainOptions { target, eagerness }) = command;
    let namespace = session.namespace_for::<Application>(target.namespace.namespace);
    let application = session
        .client
        .get::<Application>(namespace.as_deref(), &target.name)
        .await?;
    let settings = eagerness.settings(session).await?;
    show(session, &application, settings, target.output.format).await
}

/// Where an application would go that is not stored like this; tables get the reasons, documents the whole.
pub(super) async fn show_prospect(
    session: &Session,
    application: &Application,
    format: OutputFormat,
) -> Result<(), CliError> {
    let settings = Eagerness::default().settings(session).await?;
    show(session, application, settings, format).await
}

async fn show(
    session: &Session,
    application: &Application,
    settings: Settings,
    format: OutputFormat,
) -> Result<(), CliError> {
    let now = (session.environment.now)();
    let explanation = scheduler::explain(&session.client, application, &settings, TIMEOUT, now).await?;
    if matches!(format, OutputFormat::Table | OutputFormat::Wide) {
        session.output().line(&explanation.summary)?;
        if let Some(hold) = &explanation.hold {
            session.output().line(hold)?;
        }
    }
    Ok(session.output().render(&View(&explanation), format)?)
}

/// An explanation as a table of clusters, the best first.
#[derive(Serialize)]
#[serde(transparent)]
struct View<'a>(&'a Explanation);

impl Render for View<'_> {
    fn table(&self, detail: Detail) -> Table {
        let titles = [
            "rank",
            "cluster",
            "score",
            "requirements",
            "metrics",
            "would change it",
        ];
        let further = ["state", "stickiness", "assigned"];
        let mut table = match detail {
            Detail::Normal => Table::new(titles),
            Detail::Wide => Table::new(titles.into_iter().chain(further)),
        };
        for cluster in &self.0.clusters {
            let further = [
                cluster.state.clone(),
                cluster.stickiness.to_string(),
                cluster.assigned.to_string(),
            ];
            match detail {
                Detail::Normal => table.push(row(cluster)),
                Detail::Wide => table.push(row(cluster).into_iter().chain(further)),
            }
        }
        table
    }

    fn names(&self) -> Vec<String> {
        self.0
            .target
            .iter()
            .map(|cluster| format!("cluster/{cluster}"))
            .collect()
    }
}

fn row(cluster: &ClusterExplanation) -> [String; 6] {
    let here = if cluster.current { " (here)" } else { "" };
    let verdicts = cluster.verdicts.iter().map(|verdict| {
        let sign = if verdict.holds { "yes" } else { "NO" };
        format!("{sign}: {verdict}")
    });
    [
        cluster
            .rank
            .map_or_else(|| "-".to_owned(), |rank| rank.to_string()),
        format!("{}{here}", cluster.cluster),
        cluster
            .score
            .map_or_else(|| "-".to_owned(), |score| format!("{score:.4}")),
        lines(verdicts),
        lines(cluster.metrics.iter().map(metric)),
        lines(cluster.advice.iter().cloned()),
    ]
}

/// `green_energy 0.8 of 1 x 0.5 = 0.4`, or why there is no value.
fn metric(metric: &MetricExplanation) -> String {
    if let Some(reason) = &metric.reason {
        return format!("{}: {}", metric.name, reason.message);
    }
    let number = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), |value| format!("{value:.4}"));
    format!(
        "{} {}: {} x {} = {}",
        metric.name,
        number(metric.raw),
        number(metric.normalised),
        number(metric.weight),
        number(metric.contribution)
    )
}
