//! Configuration of the server: file, then variables, then options. The keys of the original's files for
//! the API and the controllers are understood where they still mean something.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use common::telemetry::LogFormat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dropped::{DROPPED, Dropped};
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
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address, `HOST:PORT`; port 0 takes a free one [127.0.0.1:8080]. Takes precedence over host and port.
    pub listen: Option<String>,
    /// Host of the address, as in the original's api.yaml.
    pub host: Option<String>,
    /// Port of the address, as in the original's api.yaml.
    pub port: Option<u16>,
    /// Directory of the embedded store [`krake` in the user's data directory].
    #[serde(alias = "data-dir")]
    pub data_dir: Option<PathBuf>,
    /// Parts that the process runs [all].
    pub only: Option<Vec<Part>>,
    /// URL of the API for controllers that run without it [`http://localhost:8080`].
    #[serde(alias = "api-endpoint")]
    pub api_endpoint: Option<String>,
    /// Certificates.
    pub tls: TlsConfig,
    /// Who is who.
    pub authentication: AuthenticationConfig,
    /// Who may do what.
    pub authorization: AuthorizationMode,
    /// Links in answers.
    pub docs: DocsConfig,
    /// Least time in seconds that an application stays where it was put [60].
    #[serde(alias = "reschedule-after")]
    pub reschedule_after: Option<f64>,
    /// Weight of staying in the ranking [0.1].
    pub stickiness: Option<f64>,
    /// Log events.
    pub log: LogConfig,
    #[serde(skip_serializing)]
    #[schemars(skip)]
    etcd: Dropped,
    #[serde(alias = "default-roles", skip_serializing)]
    #[schemars(skip)]
    default_roles: Dropped,
    #[serde(alias = "default-role-bindings", skip_serializing)]
    #[schemars(skip)]
    default_role_bindings: Dropped,
    #[serde(alias = "worker-count", skip_serializing)]
    #[schemars(skip)]
    worker_count: Dropped,
    #[serde(skip_serializing)]
    #[schemars(skip)]
    debounce: Dropped,
    #[serde(alias = "poll-interval", skip_serializing)]
    #[schemars(skip)]
    poll_interval: Dropped,
    #[serde(skip_serializing)]
    #[schemars(skip)]
    hooks: Dropped,
    #[serde(skip_serializing)]
    #[schemars(skip)]
    migration: Dropped,
    #[serde(alias = "automatic-cluster-creation", skip_serializing)]
    #[schemars(skip)]
    automatic_cluster_creation: Dropped,
}

/// Certificates of the API and, for controllers that run without it, of their connection to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// Whether TLS is spoken.
    pub enabled: bool,
    /// Certificate of the API.
    pub cert: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// For the API: authority of its clients, whose certificates then say who they are. For controllers:
    /// authority of the API.
    #[serde(alias = "client-ca")]
    pub client_ca: Option<PathBuf>,
    /// Certificate of a controller.
    #[serde(alias = "client-cert")]
    pub client_cert: Option<PathBuf>,
    /// Its key.
    #[serde(alias = "client-key")]
    pub client_key: Option<PathBuf>,
}

/// Who is who.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthenticationConfig {
    /// Whether requests without credentials are allowed, as `system:anonymous`.
    #[serde(alias = "allow-anonymous")]
    pub allow_anonymous: bool,
    /// Origin that browsers may call from [`*`].
    #[serde(alias = "cors-origin")]
    pub cors_origin: Option<String>,
    /// How users are recognised.
    pub strategy: StrategyConfig,
}

/// How users are recognised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StrategyConfig {
    /// Every request comes from one user. Without any other strategy this is so for `system:admin`.
    #[serde(rename = "static")]
    pub static_user: Option<StaticConfig>,
    /// Tokens of Keystone: not there yet.
    pub keystone: ExternalConfig,
    /// Tokens of Keycloak: not there yet.
    pub keycloak: ExternalConfig,
}

/// One user for every request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StaticConfig {
    /// Whether it is used.
    pub enabled: bool,
    /// Name of the user.
    pub name: String,
}

impl Default for StaticConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            name: "system".to_owned(),
        }
    }
}

/// A strategy that asks another server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExternalConfig {
    /// Whether it is used.
    pub enabled: bool,
    /// Its URL.
    pub endpoint: Option<String>,
    /// Realm, for Keycloak.
    pub realm: Option<String>,
}

/// Who may do what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorizationMode {
    /// Everybody may do everything.
    #[default]
    AlwaysAllow,
    /// Nobody may do anything.
    AlwaysDeny,
    /// Roles and role bindings decide.
    #[serde(rename = "RBAC")]
    #[value(name = "RBAC", alias = "rbac")]
    Rbac,
}

/// Links in answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DocsConfig {
    /// URL of the page that describes problems.
    #[serde(alias = "problem-base-url")]
    pub problem_base_url: Option<String>,
}

/// Log events. The original's Python dictionary may stand here; only its level counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LogConfig {
    /// Level (`info`) or targets with levels (`warn,krake=debug`) [info].
    pub level: Option<String>,
    /// Form.
    pub format: LogFormat,
}

/// What options on the command line override.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Overrides {
    /// Address, `HOST:PORT`; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Directory of the embedded store [default: `krake` in the user's data directory].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Parts that the process runs [default: all].
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    only: Option<Vec<Part>>,
    /// URL of the API, for controllers that run without it [default: `http://localhost:8080`].
    #[arg(long, value_name = "URL")]
    api_endpoint: Option<String>,
    /// Certificate of the API; turns TLS on.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Key of the certificate.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Authority of the clients, whose certificates then say who they are; for controllers, authority of the API.
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,
    /// Certificate with which a controller shows who it is; turns TLS on.
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// Key of the certificate.
    #[arg(long, value_name = "FILE")]
    client_key: Option<PathBuf>,
    /// Take every request for one of this user.
    #[arg(long, value_name = "NAME")]
    static_user: Option<String>,
    /// Allow requests without credentials, as system:anonymous.
    #[arg(long)]
    allow_anonymous: bool,
    /// Who may do what [default: always-allow].
    #[arg(long, value_enum, value_name = "MODE")]
    authorization: Option<AuthorizationMode>,
    /// Least time in seconds that an application stays where it was put [default: 60].
    #[arg(long, value_name = "SECONDS")]
    reschedule_after: Option<f64>,
    /// Weight of staying in the ranking [default: 0.1].
    #[arg(long, value_name = "WEIGHT")]
    stickiness: Option<f64>,
    /// Log filter [default: info].
    #[arg(long, value_name = "FILTER")]
    log_level: Option<String>,
    /// Form of log events [default: pretty].
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The file is not a configuration; the report shows file, line and column.
    #[error("{path} is not a configuration of the server")]
    Invalid {
        /// File.
        path: PathBuf,
        /// What is wrong, with the source around it.
        report: Box<miette::Report>,
    },
    /// A key asks for something that is not there yet.
    #[error("{key} is not there yet; use {instead}")]
    Unsupported {
        /// Key.
        key: &'static str,
        /// What to use.
        instead: &'static str,
    },
    /// A number is out of its range.
    #[error("{key} must be a number from 0, not {value}")]
    OutOfRange {
        /// Key.
        key: &'static str,
        /// Value.
        value: f64,
    },
}

impl Config {
    /// Reads the file, if one is named, and puts variables and options on top.
    pub fn load(
        path: Option<&Path>,
        overrides: Overrides,
        surroundings: &Surroundings,
    ) -> Result<Self, ConfigError> {
        let mut config = match path {
            Some(path) => Self::read(path)?,
            None => Self::default(),
        };
        config.apply_variables(&surroundings.variables);
        config.apply(overrides);
        config.check()?;
        Ok(config)
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let options = serde_saphyr::options! { with_snippet: false };
        serde_saphyr::from_str_with_options(&text, options).map_err(|error| ConfigError::Invalid {
            path: path.to_owned(),
            report: Box::new(serde_saphyr::miette::to_miette_report(
                &error,
                &text,
                &path.display().to_string(),
            )),
        })
    }

    fn apply_variables(&mut self, variables: &BTreeMap<String, String>) {
        let variable = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
        put(&mut self.listen, variable("KRAKE_LISTEN"));
        put(&mut self.data_dir, variable("KRAKE_DATA_DIR").map(PathBuf::from));
        put(&mut self.api_endpoint, variable("KRAKE_API_ENDPOINT"));
        put(&mut self.log.level, variable("KRAKE_LOG"));
    }

    fn apply(&mut self, overrides: Overrides) {
        put(&mut self.listen, overrides.listen);
        put(&mut self.data_dir, overrides.data_dir);
        put(&mut self.only, overrides.only);
        put(&mut self.api_endpoint, overrides.api_endpoint);
        self.tls.enabled |= overrides.tls_cert.is_some() || overrides.client_cert.is_some();
        put(&mut self.tls.cert, overrides.tls_cert);
        put(&mut self.tls.key, overrides.tls_key);
        put(&mut self.tls.client_ca, overrides.client_ca);
        put(&mut self.tls.client_cert, overrides.client_cert);
        put(&mut self.tls.client_key, overrides.client_key);
        let static_user = overrides
            .static_user
            .map(|name| StaticConfig { enabled: true, name });
        put(&mut self.authentication.strategy.static_user, static_user);
        self.authentication.allow_anonymous |= overrides.allow_anonymous;
        self.authorization = overrides.authorization.unwrap_or(self.authorization);
        put(&mut self.reschedule_after, overrides.reschedule_after);
        put(&mut self.stickiness, overrides.stickiness);
        put(&mut self.log.level, overrides.log_level);
        self.log.format = overrides.log_format.unwrap_or(self.log.format);
    }

    fn check(&self) -> Result<(), ConfigError> {
        let strategy = &self.authentication.strategy;
        let external = [
            ("authentication.strategy.keystone", strategy.keystone.enabled),
            ("authentication.strategy.keycloak", strategy.keycloak.enabled),
        ];
        if let Some((key, _)) = external.into_iter().find(|(_, enabled)| *enabled) {
            return Err(ConfigError::Unsupported {
                key,
                instead: "client certificates (tls.client_ca)",
            });
        }
        let numbers = [
            ("reschedule_after", self.reschedule_after),
            ("stickiness", self.stickiness),
        ];
        match numbers.into_iter().find_map(|(key, value)| {
            Some((key, value?)).filter(|(_, value)| !(value.is_finite() && *value >= 0.0))
        }) {
            Some((key, value)) => Err(ConfigError::OutOfRange { key, value }),
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
        match &self.authentication.strategy.static_user {
            Some(user) => user.enabled.then(|| user.name.clone()),
            None if self.tls.enabled && self.tls.client_ca.is_some() => None,
            None if self.authentication.allow_anonymous => None,
            None => Some("system:admin".to_owned()),
        }
    }

    /// Keys of the file that have no effect any more, with what came of them.
    pub fn dropped(&self) -> Vec<(&'static str, &'static str)> {
        let present = [
            self.etcd,
            self.default_roles,
            self.default_role_bindings,
            self.worker_count,
            self.debounce,
            self.poll_interval,
            self.hooks,
            self.migration,
            self.automatic_cluster_creation,
        ];
        let dropped = DROPPED.into_iter().zip(present);
        dropped
            .filter(|(_, value)| value.is_present)
            .map(|(entry, _)| entry)
            .collect()
    }
}

fn put<T>(member: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *member = new;
    }
}
