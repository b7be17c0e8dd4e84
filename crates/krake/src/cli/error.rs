//! What can go wrong with a command.

use std::path::PathBuf;

use common::telemetry::TelemetryError;

use super::documents::DocumentError;
use super::kubernetes::KubeconfigError;
use super::options::NotANumber;
use super::settings::SettingsError;
use crate::api::Violations;
use crate::client;
use crate::controllers::scheduler::ExplainError;
use crate::serve::{LoadError, ServeError};

/// A command that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The options do not make sense together.
    #[error("{0}")]
    Usage(String),
    /// The configuration cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A file cannot be used.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A kubeconfig cannot be registered.
    #[error("{path} cannot be registered")]
    Kubeconfig {
        /// File.
        path: PathBuf,
        /// Why.
        source: KubeconfigError,
    },
    /// The server did not do it.
    #[error(transparent)]
    Request(#[from] client::Error),
    /// The object is not valid; found before it was sent.
    #[error("the object is not valid")]
    Invalid(Violations),
    /// An object of the name exists; found by `--dry-run`.
    #[error("{0} already exists")]
    Exists(String),
    /// An update changes nothing; found by `--dry-run`.
    #[error("the update contains no change")]
    Unchanged,
    /// An object of a file could not be stored; nothing of the files is.
    #[error("nothing was stored, because of {place}")]
    Bootstrap {
        /// File, document and object.
        place: String,
        /// Why.
        source: Box<CliError>,
    },
    /// The awaited object was deleted.
    #[error("the object was deleted meanwhile")]
    Vanished,
    /// The awaited state cannot be reached.
    #[error("{situation}")]
    Failed {
        /// As its status says.
        situation: String,
        /// Commands that show more.
        clues: Vec<String>,
    },
    /// The awaited state did not come in time.
    #[error("{name} did not {goal} within {limit}: {situation}")]
    TimedOut {
        /// The limit.
        limit: String,
        /// What was waited for.
        goal: String,
        /// Name of the object.
        name: String,
        /// As its status says.
        situation: String,
        /// Commands that show more.
        clues: Vec<String>,
    },
    /// A placement cannot be explained.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// The server's configuration cannot be used.
    #[error(transparent)]
    Config(#[from] LoadError),
    /// Log events cannot be written as configured.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The server cannot start.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Standard input or output does not work.
    #[error("cannot read or write the terminal")]
    Terminal(#[from] std::io::Error),
}

impl CliError {
    /// The options do not make sense together.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }
}

impl From<NotANumber> for CliError {
    fn from(error: NotANumber) -> Self {
        Self::Usage(error.to_string())
    }
}
