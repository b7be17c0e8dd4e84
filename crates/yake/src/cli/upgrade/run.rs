//! `yake upgrade run`: performs what `yake upgrade plan` shows.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use common::ui::{ExitCode, Output, Step};

use super::read;
use crate::api::Period;
use crate::cli::clusters::ClusterOptions;
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::landscape::upgrade::Rules;
use crate::upgrade::{Limits, News, World, run as upgrade};

/// Between two looks at a landscape. What is waited for takes minutes.
const PACE: Duration = Duration::from_secs(1);

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct RunOptions {
    #[command(flatten)]
    clusters: ClusterOptions,
    /// File with the versions that the landscape shall have.
    #[arg(long, value_name = "FILE", default_value = "versions.yaml")]
    versions: PathBuf,
    /// How long a wave may take until it is proven, such as 30m or 24h. Then the upgrade pauses, and nothing is undone.
    #[arg(long, value_name = "PERIOD", default_value = "1h")]
    timeout: Period,
}

/// Runs the command. Exits with 0 when all waves are proven, 1 where a rule forbids or a step failed, 5 where a wave is
/// not proven in time, 130 after Ctrl-C.
pub(super) async fn run(
    options: &RunOptions,
    environment: &Environment,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let vector = read(&options.versions)?;
    let target = vector.gardener.to_string();
    let world = World::new(
        options.clusters.connect(environment).await?,
        vector,
        Rules::default(),
    );
    let limits = Limits {
        wave: options.timeout.0,
        pace: PACE,
    };
    let mut shown = Shown::new(output);
    let end = tokio::select! {
        end = upgrade(&world, limits, |news| shown.tell(news)) => Some(end),
        _ = tokio::signal::ctrl_c() => None,
    };
    match end {
        Some(Ok(())) => {
            shown.proven();
            output.note(&format!(
                "all waves are proven: the landscape is of Gardener {target}"
            ));
            Ok(ExitCode::Success)
        }
        Some(Err(stop)) => Err(stop.into()),
        None => {
            drop(shown);
            output.note("stopped; the same command goes on from where the landscape is");
            Ok(ExitCode::Interrupted)
        }
    }
}

/// The wave under way, as it is shown.
struct Shown<'a> {
    output: &'a Output,
    wave: String,
    waits_for: String,
    step: Option<Step>,
}

impl<'a> Shown<'a> {
    fn new(output: &'a Output) -> Self {
        Self {
            output,
            wave: String::new(),
            waits_for: String::new(),
            step: None,
        }
    }

    fn tell(&mut self, news: &News) {
        if self.wave != news.wave {
            self.proven();
            self.wave.clone_from(&news.wave);
            self.waits_for.clear();
            self.step = Some(self.output.step(format!("wave {}", news.wave)));
        }
        for change in &news.written {
            self.output.note(&format!("written: {change}"));
        }
        if self.waits_for != news.waits_for {
            self.waits_for.clone_from(&news.waits_for);
            if let Some(step) = &self.step {
                step.update(&format!("waits: {}", news.waits_for));
            }
        }
    }

    fn proven(&mut self) {
        if let Some(step) = self.step.take() {
            step.done("proven");
        }
    }
}
