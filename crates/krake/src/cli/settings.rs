//! Configuration of the command line as a client: which server, as whom, over which certificates. The files
//! of the original's commands keep working.

use std::path::{Path, PathBuf};

use common::config::{ConfigErrors, Layers, Loaded};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::environment::Environment;
use crate::client::{Client, ConnectError, TlsMaterial};
use crate::serve::PREFIX;

/// Names under which a configuration is looked for in every directory, ours first.
const FILES: [&str; 3] = ["krake.yaml", "krakectl.yaml", "rok.yaml"];
/// Directories of the machine, each with the file name that belongs there.
const MACHINE_WIDE: [&str; 3] = [
    "/etc/krake/krake.yaml",
    "/etc/krakectl/krakectl.yaml",
    "/etc/rok/rok.yaml",
];

/// Which server, and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Settings {
    /// URL of the API.
    pub api_url: String,
    /// Name of the user; also the namespace of commands that name none.
    pub user: String,
    /// Certificates.
    pub tls: TlsSettings,
    /// Things to tell the user, found while reading.
    #[serde(skip)]
    warnings: Vec<String>,
}

/// Certificates for a server that speaks TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct TlsSettings {
    /// Whether the server speaks TLS; overrides the scheme of the URL.
    pub enabled: bool,
    /// Certificate authority of the server.
    pub client_ca: Option<PathBuf>,
    /// Certificate that says who the client is.
    pub client_cert: Option<PathBuf>,
    /// Its key.
    pub client_key: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            api_url: "http://localhost:8080".to_owned(),
            user: "system:admin".to_owned(),
            tls: TlsSettings::default(),
            warnings: Vec::new(),
        }
    }
}

/// What a command line overrides.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct SettingsOptions {
    /// Configuration file of the client [default: the first of krake.yaml, krakectl.yaml and rok.yaml in the
    /// current directory, in `$XDG_CONFIG_HOME`, in /etc].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// URL of the API [variable: `KRAKE_API_URL`].
    #[arg(long, global = true, value_name = "URL")]
    pub api_url: Option<String>,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file that was named cannot be read.
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
    /// TLS needs a file that is not named.
    #[error("tls.enabled needs tls.{0}")]
    Incomplete(&'static str),
    /// No connection can be made with these settings.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

impl Settings {
    /// Reads the configuration: file, then variables, then options.
    pub(super) fn load(
        options: &SettingsOptions,
        environment: &Environment,
    ) -> Result<Loaded<Self>, SettingsError> {
        let mut layers = Layers::new();
        if let Some((path, text)) = file(options, environment)? {
            layers = layers.file(&path.display().to_string(), &text);
        }
        layers = layers.environment(PREFIX, environment.variables.clone());
        if let Some(url) = &options.api_url {
            layers = layers.flag("--api-url", "api_url", url);
        }
        let mut loaded: Loaded<Self> = layers.load().map_err(SettingsError::Invalid)?;
        loaded.config.force_scheme();
        Ok(loaded)
    }

    /// As in the original, `tls.enabled` decides on the scheme.
    fn force_scheme(&mut self) {
        let (wrong, right) = if self.tls.enabled {
            ("http://", "https://")
        } else {
            ("https://", "http://")
        };
        if self.tls == TlsSettings::default() && wrong == "https://" {
            return;
        }
        if let Some(rest) = self.api_url.strip_prefix(wrong) {
            self.warnings.push(format!(
                "tls.enabled is {}: the API is called as {right}{rest} rather than {}",
                self.tls.enabled, self.api_url
            ));
            self.api_url = format!("{right}{rest}");
        }
    }

    /// Things to tell the user.
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// A client of the API.
    pub(super) fn client(&self) -> Result<Client, SettingsError> {
        Ok(Client::http(&self.api_url, &self.tls.material()?)?)
    }
}

impl TlsSettings {
    /// The certificates themselves.
    pub(super) fn material(&self) -> Result<TlsMaterial, SettingsError> {
        if !self.enabled {
            return Ok(TlsMaterial::default());
        }
        let authorities = self.client_ca.as_ref().map(|path| read(path)).transpose()?;
        let identity = match (&self.client_cert, &self.client_key) {
            (Some(certificate), Some(key)) => {
                let mut pem = read(certificate)?;
                pem.push(b'\n');
                pem.extend(read(key)?);
                Some(pem)
            }
            (None, None) => None,
            (Some(_), None) => return Err(SettingsError::Incomplete("client_key")),
            (None, Some(_)) => return Err(SettingsError::Incomplete("client_cert")),
        };
        Ok(TlsMaterial {
            authorities,
            identity,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SettingsError> {
    std::fs::read(path).map_err(|source| SettingsError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// The first configuration file that exists; one that was named must exist.
fn file(
    options: &SettingsOptions,
    environment: &Environment,
) -> Result<Option<(PathBuf, String)>, SettingsError> {
    if let Some(path) = &options.config {
        let unreadable = |source| SettingsError::Unreadable {
            path: path.clone(),
            source,
        };
        return Ok(Some((
            path.clone(),
            std::fs::read_to_string(path).map_err(unreadable)?,
        )));
    }
    Ok(candidates(environment).into_iter().find_map(|path| {
        let text = std::fs::read_to_string(&path).ok()?;
        Some((path, text))
    }))
}

fn candidates(environment: &Environment) -> Vec<PathBuf> {
    let directories = [Some(PathBuf::from(".")), environment.config_home()];
    let own = directories
        .into_iter()
        .flatten()
        .flat_map(|directory| FILES.map(|file| directory.join(file)));
    own.chain(MACHINE_WIDE.map(PathBuf::from)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::api::Timestamp;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment {
            variables: variables.collect::<BTreeMap<_, _>>(),
            now: Timestamp::default,
        }
    }

    fn options(text: &str) -> (tempfile::TempDir, SettingsOptions) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("krakectl.yaml");
        std::fs::write(&path, text).unwrap();
        let options = SettingsOptions {
            config: Some(path),
            api_url: None,
        };
        (directory, options)
    }

    #[test]
    fn a_file_of_the_original_is_read_and_variables_and_options_override_it() {
        let (_directory, mut options) =
            options("api_url: http://one:1\nuser: alice\ntls:\n  enabled: false\n  client_ca: ca.pem\n");
        let load = |options: &SettingsOptions, variables: &[(&str, &str)]| {
            Settings::load(options, &environment(variables)).unwrap().config
        };
        let settings = load(&options, &[]);
        assert_eq!(
            (settings.api_url.as_str(), settings.user.as_str()),
            ("http://one:1", "alice")
        );
        let variables = [("KRAKE_API_URL", "http://two:2")];
        assert_eq!(load(&options, &variables).api_url, "http://two:2");
        options.api_url = Some("http://three:3".to_owned());
        assert_eq!(load(&options, &variables).api_url, "http://three:3");
    }

    #[test]
    fn tls_forces_the_scheme_and_says_so() {
        let (_directory, options) = options("api_url: http://k:1\ntls: {enabled: true}\n");
        let settings = Settings::load(&options, &environment(&[])).unwrap().config;
        assert_eq!(settings.api_url, "https://k:1");
        assert_eq!(settings.warnings().len(), 1);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_the_right_one() {
        let (_directory, options) = options("api_urll: http://k:1\n");
        let error = Settings::load(&options, &environment(&[])).unwrap_err();
        let SettingsError::Invalid(errors) = error else {
            panic!("{error}")
        };
        assert!(errors.to_string().contains("api_url"), "{errors}");
    }
}
