//! The process, put together from its configuration.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use common::http::{Bound, Health, HttpMetrics, Problem, Server, Tls, TlsError, operations};
use common::telemetry::{BuildInfo, Metrics};
use http::StatusCode;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::config::{AuthorizationMode, Config, Surroundings};
use super::controllers::Controllers;
use super::part::Part;
use super::{DATABASE, default_data_dir};
use crate::api::Timestamp;
use crate::client::{Client, ConnectError, TlsMaterial};
use crate::server::{self, Authentication, Authorization};
use crate::store::{EmbeddedOptions, EmbeddedStore, OpenError};

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
    /// Opens the store, listens, and starts the controllers.
    pub async fn build(
        config: Config,
        surroundings: &Surroundings,
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
            let router = api(&config, surroundings, &health, stop.clone())?;
            let client = Client::local(router.clone(), Part::Api.user());
            (client, Some(router))
        } else {
            (Client::http(&endpoint, &client_tls(&config)?)?, None)
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

/// The API over the embedded store.
fn api(
    config: &Config,
    surroundings: &Surroundings,
    health: &Health,
    stop: CancellationToken,
) -> Result<axum::Router, ServeError> {
    let store = Arc::new(open_store(config, surroundings)?);
    let checked = store.clone();
    health.add("store", move || checked.check().map_err(|error| error.chain()));
    let mut options = server::Options::new(surroundings.now);
    options.stop = stop;
    options.authentication = Authentication {
        static_user: config.static_user(),
        allow_anonymous: config.authentication.allow_anonymous,
    };
    options.authorization = match config.authorization {
        AuthorizationMode::AlwaysAllow => Authorization::AlwaysAllow,
        AuthorizationMode::AlwaysDeny => Authorization::AlwaysDeny,
        AuthorizationMode::Rbac => Authorization::Rbac,
    };
    if let Some(origin) = &config.authentication.cors_origin {
        options.cors_origin.clone_from(origin);
    }
    if let Some(base) = &config.docs.problem_base_url {
        options.problem_base.clone_from(base);
    }
    warn_if_open(config);
    Ok(server::App::new(store, options).router())
}

/// Everybody who reaches the address is an administrator: fine on loopback, and nowhere else.
fn warn_if_open(config: &Config) {
    let address = config.address();
    let is_loopback = ["127.", "localhost:", "[::1]"]
        .iter()
        .any(|local| address.starts_with(local));
    if !is_loopback && config.authorization == AuthorizationMode::AlwaysAllow {
        tracing::warn!(%address, "everybody who reaches this address may do everything; see --authorization and --client-ca");
    }
}

fn open_store(config: &Config, surroundings: &Surroundings) -> Result<EmbeddedStore, ServeError> {
    let directory = config
        .data_dir
        .clone()
        .unwrap_or_else(|| default_data_dir(surroundings.data_home.clone()));
    std::fs::create_dir_all(&directory).map_err(|source| ServeError::DataDir {
        path: directory.clone(),
        source,
    })?;
    let not_before = u64::try_from((surroundings.now)().as_microsecond()).unwrap_or_default();
    Ok(EmbeddedStore::open(&EmbeddedOptions::new(
        directory.join(DATABASE),
        not_before,
    ))?)
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
    if is_api && let Some(tls) = server_tls(config)? {
        server = server.tls(tls);
    }
    Ok(Some(server.bind(&config.address()).await?))
}

/// All that a process without the API has to say about other paths.
async fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND).detail("This process serves no API, only its health and figures.")
}

fn server_tls(config: &Config) -> Result<Option<Tls>, ServeError> {
    let tls = &config.tls;
    if !tls.enabled {
        return Ok(None);
    }
    let certificate = read("tls.cert", tls.cert.as_ref())?.ok_or(ServeError::Incomplete("tls.cert"))?;
    let key = read("tls.key", tls.key.as_ref())?.ok_or(ServeError::Incomplete("tls.key"))?;
    let authority = read("tls.client_ca", tls.client_ca.as_ref())?;
    Ok(Some(Tls::from_pem(&certificate, &key, authority.as_deref())?))
}

fn client_tls(config: &Config) -> Result<TlsMaterial, ServeError> {
    let tls = &config.tls;
    if !tls.enabled {
        return Ok(TlsMaterial::default());
    }
    let certificate = read("tls.client_cert", tls.client_cert.as_ref())?;
    let key = read("tls.client_key", tls.client_key.as_ref())?;
    let identity = certificate
        .zip(key)
        .map(|(certificate, key)| [certificate, key].join(&b'\n'));
    Ok(TlsMaterial {
        authorities: read("tls.client_ca", tls.client_ca.as_ref())?,
        identity,
    })
}

fn read(key: &'static str, path: Option<&PathBuf>) -> Result<Option<Vec<u8>>, ServeError> {
    let Some(path) = path else { return Ok(None) };
    let unreadable = |source| ServeError::Unreadable {
        key,
        path: path.clone(),
        source,
    };
    std::fs::read(path).map(Some).map_err(unreadable)
}
