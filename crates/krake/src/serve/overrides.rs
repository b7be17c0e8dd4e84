//! Options of the command line that stand above the configuration file.

use std::path::PathBuf;

use common::config::Layers;
use common::telemetry::LogFormat;

use super::access::AuthorizationMode;
use super::config::Config;
use super::part::Part;

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
    /// YAML file with first objects, roles above all, for the API to store when it starts; may be repeated. Objects
    /// that exist are left alone.
    #[arg(long, value_delimiter = ',', value_name = "FILE")]
    bootstrap: Option<Vec<PathBuf>>,
    /// Replace objects that exist by those of `--bootstrap`.
    #[arg(long, requires = "bootstrap")]
    bootstrap_force: bool,
    /// Least time in seconds that an application stays where it was put [default: 60].
    #[arg(long, value_name = "SECONDS")]
    reschedule_after: Option<f64>,
    /// Weight of staying in the ranking [default: 0.1].
    #[arg(long, value_name = "WEIGHT")]
    stickiness: Option<f64>,
    /// Seconds between two readings of a metrics provider [default: 5].
    #[arg(long, value_name = "SECONDS")]
    metrics_interval: Option<f64>,
    /// Log filter [default: info].
    #[arg(long, value_name = "FILTER")]
    log_level: Option<String>,
    /// Form of log events [default: pretty].
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

impl Overrides {
    /// Adds the options that were given.
    pub(super) fn add_to(&self, layers: Layers<Config>) -> Layers<Config> {
        let given = self.texts().into_iter().flatten();
        given.fold(layers, |layers, (flag, key, text)| layers.flag(flag, key, &text))
    }

    /// Option, key and text of each option that was given.
    fn texts(&self) -> Vec<Option<(&'static str, &'static str, String)>> {
        let text = |flag, key, value: Option<String>| value.map(|value| (flag, key, value));
        let path = |flag, key, value: &Option<PathBuf>| {
            text(flag, key, value.as_ref().map(|path| path.display().to_string()))
        };
        let yes = |flag, key, given: bool| text(flag, key, given.then(|| "true".to_owned()));
        let parts = self
            .only
            .as_ref()
            .map(|parts| parts.iter().map(|part| part.name()).collect::<Vec<_>>().join(","));
        let files = self.bootstrap.as_ref().map(|files| {
            files
                .iter()
                .map(|file| file.display().to_string())
                .collect::<Vec<_>>()
                .join(",")
        });
        vec![
            text("--listen", "listen", self.listen.clone()),
            path("--data-dir", "data_dir", &self.data_dir),
            text("--only", "only", parts),
            text("--api-endpoint", "api_endpoint", self.api_endpoint.clone()),
            yes("--tls-cert", "tls.enabled", self.tls_cert.is_some()),
            yes("--client-cert", "tls.enabled", self.client_cert.is_some()),
            path("--tls-cert", "tls.cert", &self.tls_cert),
            path("--tls-key", "tls.key", &self.tls_key),
            path("--client-ca", "tls.client_ca", &self.client_ca),
            path("--client-cert", "tls.client_cert", &self.client_cert),
            path("--client-key", "tls.client_key", &self.client_key),
            yes(
                "--static-user",
                "authentication.strategy.static.enabled",
                self.static_user.is_some(),
            ),
            text(
                "--static-user",
                "authentication.strategy.static.name",
                self.static_user.clone(),
            ),
            yes(
                "--allow-anonymous",
                "authentication.allow_anonymous",
                self.allow_anonymous,
            ),
            text(
                "--authorization",
                "authorization",
                self.authorization.map(|mode| mode.name().to_owned()),
            ),
            text("--bootstrap", "bootstrap.files", files),
            yes("--bootstrap-force", "bootstrap.force", self.bootstrap_force),
            text(
                "--reschedule-after",
                "reschedule_after",
                self.reschedule_after.map(|value| value.to_string()),
            ),
            text(
                "--stickiness",
                "stickiness",
                self.stickiness.map(|value| value.to_string()),
            ),
            text(
                "--metrics-interval",
                "metrics_interval",
                self.metrics_interval.map(|value| value.to_string()),
            ),
            text("--log-level", "log.level", self.log_level.clone()),
            text(
                "--log-format",
                "log.format",
                self.log_format.map(|format| match format {
                    LogFormat::Pretty => "pretty".to_owned(),
                    LogFormat::Json => "json".to_owned(),
                }),
            ),
        ]
    }
}
