//! Configuration of the server: file, then variables, then options. The keys of the original's files for
//! the API and the controllers are understood where they still mean something.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::config::{ConfigErrors, Layers, Loaded};
use common::telemetry::LogFormat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::{AuthenticationConfig, AuthorizationMode};
use super::bootstrap::BootstrapConfig;
use super::overrides::Overrides;
use super::part::Part;
use crate::api::Timestamp;

/// What the process that serves may know of its surroundings.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// Where the user's data lie.
    pub data_home: Option<PathBuf>,
    /// The clock.
    pub now: fn() -> Timestamp,
}

/// Configuration of the server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Config {
    /// Address, `HOST:PORT`; port 0 takes a free one; `127.0.0.1:8080` by default. Takes precedence over host and port.
    pub listen: Option<String>,
    /// Host of the address, as in the original's api.yaml.
    pub host: Option<String>,
    /// Port of the address, as in the original's api.yaml.
    pub port: Option<u16>,
    /// Directory of the embedded store; by default `krake` in the data directory of the user.
    pub data_dir: Option<PathBuf>,
    /// Parts that the process runs; all by default.
    pub only: Option<Vec<Part>>,
    /// URL of the API for controllers that run without it; `http://localhost:8080` by default.
    pub api_endpoint: Option<String>,
    /// Certificates.
    pub tls: TlsConfig,
    /// Who is who.
    pub authentication: AuthenticationConfig,
    /// Who may do what.
    pub authorization: AuthorizationMode,
    /// First objects.
    pub bootstrap: BootstrapConfig,
    /// Links in answers.
    pub docs: DocsConfig,
    /// Least time in seconds that an application stays where it was put; 60 by default.
    #[schemars(range(min = 0.0, max = 31_536_000.0))]
    pub reschedule_after: Option<f64>,
    /// Weight of staying in the ranking; 0.1 by default.
    #[schemars(range(min = 0.0))]
    pub stickiness: Option<f64>,
    /// Seconds between two readings of a metrics provider; 5 by default.
    #[schemars(range(min = 0.1, max = 86_400.0))]
    pub metrics_interval: Option<f64>,
    /// Log events.
    pub log: LogConfig,
    /// Without effect: the store is embedded; `data_dir` says where.
    pub etcd: Option<Value>,
    /// Without effect: the system's roles are built in.
    pub default_roles: Option<Value>,
    /// Without effect: the system's bindings are built in.
    pub default_role_bindings: Option<Value>,
    /// Without effect: workers are bounded per cluster.
    pub worker_count: Option<Value>,
    /// Without effect: controllers react to every change at once.
    pub debounce: Option<Value>,
    /// Without effect: belongs to controllers that do not exist yet.
    pub poll_interval: Option<Value>,
    /// Without effect: hooks do not exist yet.
    pub hooks: Option<Value>,
    /// Without effect: see `spec.migration_timeout` of applications.
    pub migration: Option<Value>,
    /// Without effect: clusters are not created yet.
    pub automatic_cluster_creation: Option<Value>,
}

/// Certificates of the API and, for controllers that run without it, of their connection to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TlsConfig {
    /// Whether TLS is spoken.
    pub enabled: bool,
    /// Certificate of the API.
    pub cert: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// For the API: authority of its clients, whose certificates then say who they are. For controllers:
    /// authority of the API.
    pub client_ca: Option<PathBuf>,
    /// Certificate of a controller.
    pub client_cert: Option<PathBuf>,
    /// Its key.
    pub client_key: Option<PathBuf>,
}

/// Links in answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DocsConfig {
    /// URL of the page that describes problems.
    pub problem_base_url: Option<String>,
}

/// Log events. The original's Python dictionary may stand here; of its members only the level has an effect.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogConfig {
    /// Level (`info`) or targets with levels (`warn,krake=debug`); `info` by default.
    pub level: Option<String>,
    /// Form.
    pub format: LogFormat,
    /// Without effect.
    pub version: Option<Value>,
    /// Without effect.
    pub disable_existing_loggers: Option<Value>,
    /// Without effect.
    pub formatters: Option<Value>,
    /// Without effect.
    pub handlers: Option<Value>,
    /// Without effect.
    pub root: Option<Value>,
    /// Without effect.
    pub loggers: Option<Value>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// Keys or values are wrong; each with its place.
    #[error("the configuration cannot be used")]
    Invalid(ConfigErrors),
    /// A key asks for something that is not there yet.
    #[error("{key} is not there yet; use {instead}")]
    Unsupported {
        /// Key.
        key: &'static str,
        /// What to use.
        instead: &'static str,
    },
}

/// Prefix of the environment variables.
pub const PREFIX: &str = "KRAKE";

impl Config {
    /// Reads the file, if one is named, and puts variables and options on top.
    pub fn load(
        path: Option<&Path>,
        overrides: &Overrides,
        surroundings: &Surroundings,
    ) -> Result<Loaded<Self>, LoadError> {
        let mut layers = Layers::new();
        if let Some(path) = path {
            let unreadable = |source| LoadError::Unreadable {
                path: path.to_owned(),
                source,
            };
            let text = std::fs::read_to_string(path).map_err(unreadable)?;
            layers = layers.file(&path.display().to_string(), &text);
        }
        let layers = overrides.add_to(layers.environment(PREFIX, surroundings.variables.clone()));
        let loaded = layers.load().map_err(LoadError::Invalid)?;
        loaded.config.check()?;
        Ok(loaded)
    }

    fn check(&self) -> Result<(), LoadError> {
        let strategy = &self.authentication.strategy;
        let external = [
            ("authentication.strategy.keystone", strategy.keystone.enabled),
            ("authentication.strategy.keycloak", strategy.keycloak.enabled),
        ];
        match external.into_iter().find(|(_, enabled)| *enabled) {
            Some((key, _)) => Err(LoadError::Unsupported {
                key,
                instead: "client certificates (tls.client_ca)",
            }),
            None => Ok(()),
        }
    }

    /// The address to listen on.
    pub fn address(&self) -> String {
        let host = self.host.as_deref().unwrap_or("127.0.0.1");
        self.listen
            .clone()
            .unwrap_or_else(|| format!("{host}:{}", self.port.unwrap_or(8080)))
    }

    /// Whether an address was chosen at all.
    pub fn names_address(&self) -> bool {
        self.listen.is_some() || self.host.is_some() || self.port.is_some()
    }

    /// The parts to run.
    pub fn parts(&self) -> Vec<Part> {
        self.only.clone().unwrap_or_else(|| Part::ALL.to_vec())
    }

    /// The user of every request, if there is one.
    pub fn static_user(&self) -> Option<String> {
        let user = &self.authentication.strategy.static_user;
        let others =
            self.authentication.allow_anonymous || (self.tls.enabled && self.tls.client_ca.is_some());
        user.enabled.unwrap_or(!others).then(|| user.name.clone())
    }
}
