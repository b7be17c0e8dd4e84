//! What can go wrong with a command.

use std::io;
use std::path::PathBuf;

use common::secrets::Reason;
use common::ui::ExitCode;

use super::folder::FolderError;
use crate::build::{BuildError, SourceError, SubstituteError};
use crate::check::{CollectError, UnpackError};

/// A command that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A folder cannot be built.
    #[error("{path} cannot be built")]
    Build {
        /// Folder.
        path: PathBuf,
        /// Why.
        source: BuildError,
    },
    /// A variable cannot be put in.
    #[error("variables cannot be put into what {path} builds to")]
    Substitute {
        /// Folder.
        path: PathBuf,
        /// Why.
        source: SubstituteError,
    },
    /// A file holds no variables.
    #[error("{path} gives no variables")]
    Variables {
        /// File.
        path: PathBuf,
        /// Why.
        source: SourceError,
    },
    /// Keys cannot be used.
    #[error("the age keys of {place} cannot be used")]
    Keys {
        /// File or environment variable.
        place: String,
        /// Why.
        source: Reason,
    },
    /// A file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// File.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// File.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file with the versions is not understood.
    #[error("{path} is not understood: {why}")]
    Versions {
        /// File.
        path: PathBuf,
        /// What, with line and column.
        why: String,
    },
    /// A definition of a kind is not understood.
    #[error("{path} is not understood: {why}")]
    Definition {
        /// File.
        path: PathBuf,
        /// What.
        why: String,
    },
    /// A description of kinds is not understood.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// A cluster that files are checked with.
    #[error(transparent)]
    Survey(#[from] crate::survey::SurveyError),
    /// The schemas of the program are not readable.
    #[error(transparent)]
    Schemas(#[from] UnpackError),
    /// A cluster did not answer as it should.
    #[error(transparent)]
    Cluster(#[from] common::kube::Error),
    /// The process has no threads or no timers to work with.
    #[error("cannot start")]
    Start(io::Error),
    /// The result cannot be printed.
    #[error("cannot print the result")]
    Print(#[from] io::Error),
}

impl CliError {
    /// How the process ends: what is wrong with files is told apart from what failed.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Folder(_)
            | Self::Build { .. }
            | Self::Substitute { .. }
            | Self::Variables { .. }
            | Self::Keys { .. }
            | Self::Read { .. }
            | Self::Versions { .. }
            | Self::Definition { .. } => ExitCode::Usage,
            Self::Collect(_)
            | Self::Schemas(_)
            | Self::Survey(_)
            | Self::Write { .. }
            | Self::Cluster(_)
            | Self::Start(_)
            | Self::Print(_) => ExitCode::Failure,
        }
    }
}
