//! The process, put together from its configuration.

use std::path::PathBuf;
use std::time::Duration;

use common::http::{Bound, Health, HttpMetrics, Problem, Server, TlsError, operations};
use common::telemetry::{BuildInfo, Metrics};
use http::StatusCode;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::bootstrap::BootstrapFile;
use super::config::{Config, Surroundings};
use super::controllers::Controllers;
use super::part::Part;
use super::{api, tls};
use crate::api::Timestamp;
use crate::client::{Client, ConnectError};
use crate::store::OpenError;

/// Time that requests in progress have when the process is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// A process that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data directory cannot be made.
    #[error("cannot create the data directory {path}")]
    DataDir {
        /// Directory.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The first objects cannot be stored; none of them was.
    #[error("nothing was bootstrapped: {0}")]
    Bootstrap(String),
    /// A certificate or key cannot be read.
    #[error("cannot read {key}, {path}")]
    Unreadable {
        /// Key of the configuration.
        key: &'static str,
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// TLS needs a file that is not named.
    #[error("TLS needs {0}")]
    Incomplete(&'static str),
    /// Certificates do not fit.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be had.
    #[error(transparent)]
    Listen(#[from] common::http::ServeError),
    /// The API's URL or the certificates for it do not fit.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

/// A process that is ready to serve.
pub struct App {
    bound: Option<Bound>,
    running: JoinSet<()>,
    parts: Vec<Part>,
    endpoint: String,
    stop: CancellationToken,
}

impl App {
    /// Opens the store, sees to the first objects, listens, and starts the controllers.
    pub async fn build(
        config: Config,
        surroundings: &Surroundings,
        first: &[BootstrapFile],
        stop: CancellationToken,
    ) -> Result<Self, ServeError> {
        let parts = config.parts();
        let build = BuildInfo {
            program: "krake",
            version: env!("CARGO_PKG_VERSION"),
        };
        let metrics = Metrics::new(build, started(surroundings.now));
        let health = Health::default();
        let endpoint = config
            .api_endpoint
            .clone()
            .unwrap_or_else(|| "http://localhost:8080".to_owned());
        let (client, router) = if parts.contains(&Part::Api) {
            let router = api::open(&config, surroundings, first, &health, stop.clone()).await?;
            let client = Client::local(router.clone(), Part::Api.user());
            (client, Some(router))
        } else {
            (Client::http(&endpoint, &tls::of_client(&config)?)?, None)
        };
        let bound = listen(&config, router, health.clone(), &metrics).await?;
        let controllers = Controllers::new(&config, client, surroundings.now, &metrics, stop.clone());
        let running = controllers.start(&parts, &health);
        Ok(Self {
            bound,
            running,
            parts,
            endpoint,
            stop,
        })
    }

    /// Where the process can be found, or what it works for.
    pub fn announcement(&self) -> String {
        if let Some(bound) = &self.bound {
            return bound.url();
        }
        let names: Vec<&str> = self.parts.iter().map(|part| part.name()).collect();
        format!("{} for {}", names.join(","), self.endpoint)
    }

    /// Serves until the stop; then requests in progress and controllers end.
    pub async fn serve(self) {
        let Self {
            bound,
            mut running,
            stop,
            parts: _,
            endpoint: _,
        } = self;
        match bound {
            Some(bound) => {
                let stopped = bound.serve(stop.clone()).await;
                tracing::info!(dropped = stopped.dropped, "server stopped");
            }
            None => stop.cancelled().await,
        }
        while running.join_next().await.is_some() {}
    }
}

/// The start of the process in the resolution of the figures.
fn started(now: fn() -> Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(now().as_microsecond()).unwrap_or_default()
}

/// Listens, with the API or, where an address was chosen for a process without it, for operations alone.
async fn listen(
    config: &Config,
    api: Option<axum::Router>,
    health: Health,
    metrics: &Metrics,
) -> Result<Option<Bound>, ServeError> {
    let (router, is_api) = match api {
        Some(api) => (api, true),
        None if config.names_address() => (axum::Router::new().fallback(nothing_here), false),
        None => return Ok(None),
    };
    let router = router.merge(operations(health, metrics.clone()));
    let mut server = Server::new(router)
        .grace(GRACE)
        .metrics(metrics.register(HttpMetrics::register));
    if is_api && let Some(tls) = tls::of_server(config)? {
        server = server.tls(tls);
    }
    Ok(Some(server.bind(&config.address()).await?))
}

/// All that a process without the API has to say about other paths.
async fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND).detail("This process serves no API, only its health and figures.")
}
