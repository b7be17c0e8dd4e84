//! `yake run`: the controller.

use std::path::PathBuf;

use clap::Args;
use common::http::{Health, Server, operations};
use common::telemetry::{BuildInfo, LogFormat, Metrics, init_tracing, stop_on_signal};
use common::ui::Output;
use tokio_util::sync::CancellationToken;

use super::clusters::ClusterOptions;
use super::environment::Environment;
use super::error::CliError;
use super::version::VERSION;
use crate::controller::{self, ControllerOptions, Figures};

/// The Kubernetes client logs every refused connection as an error of its own, beside what the controller says.
const DEFAULT_FILTER: &str = "info,kube_client::client::builder=off";

/// Options of the command.
#[derive(Debug, Clone, Args)]
pub struct RunOptions {
    #[command(flatten)]
    clusters: ClusterOptions,
    /// Folder for mirrors of repositories; may be lost at any time. `yake` in the user's cache folder by default.
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Landscapes of this namespace only.
    #[arg(short, long)]
    namespace: Option<String>,
    /// How many landscapes are gone through at once.
    #[arg(long, default_value_t = 4)]
    workers: usize,
    /// Where `/healthz`, `/readyz` and `/metrics` are served, HOST:PORT; nowhere by default.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Which events are logged, as in `info,yake=debug`.
    #[arg(long, value_name = "FILTER", default_value = DEFAULT_FILTER)]
    log: String,
    /// Form of the log.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,
}

/// Runs until SIGINT or SIGTERM.
pub(super) async fn run(
    options: &RunOptions,
    environment: &Environment,
    output: &Output,
) -> Result<(), CliError> {
    init_tracing(&options.log, options.log_format)?;
    let runtime = options.clusters.runtime(environment).await?;
    let stop = CancellationToken::new();
    stop_on_signal(&stop);
    let build = BuildInfo {
        program: "yake",
        version: VERSION,
    };
    let metrics = Metrics::new(build, environment.clock.now());
    let figures = metrics.register(Figures::register);
    if let Some(address) = &options.listen {
        let bound = Server::new(operations(Health::default(), metrics))
            .bind(address)
            .await?;
        output.note(&format!("metrics at {}/metrics", bound.url()));
        tokio::spawn(bound.serve(stop.clone()));
    }
    let controller = ControllerOptions {
        cache: options.cache(environment),
        namespace: options.namespace.clone(),
        workers: options.workers,
    };
    output.note(&format!("keeps the landscapes of {}", runtime.server()));
    controller::run(runtime, controller, environment.clock.clone(), figures, stop).await?;
    Ok(())
}

impl RunOptions {
    fn cache(&self, environment: &Environment) -> PathBuf {
        let of_user = || environment.cache_home().map(|home| home.join("yake"));
        self.cache
            .clone()
            .or_else(of_user)
            .unwrap_or_else(|| PathBuf::from("yake-cache"))
    }
}
