//! What can go wrong with a command.

use std::io;
use std::path::PathBuf;

use common::graph::GraphError;
use common::http::ServeError;
use common::kube::ObjectId;
use common::secrets::{Reason, SecretsError};
use common::telemetry::TelemetryError;
use common::ui::ExitCode;

use super::folder::FolderError;
use crate::build::{BuildError, SourceError, SubstituteError, TreeError};
use crate::check::{CollectError, UnpackError};
use crate::secrets::RulesError;
use crate::sync::inventory::InventoryError;
use crate::sync::{SyncError, VariablesError};

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
    /// A file, or rules about it, cannot be used.
    #[error("cannot work on the secrets of {path}")]
    File {
        /// File.
        path: PathBuf,
        /// Why.
        source: Reason,
    },
    /// An encrypted file cannot be worked on.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// Creation rules cannot be used.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// Files cannot be worked on; each was told by itself.
    #[error("nothing was written, because of what is wrong with {failed} of the files")]
    Several {
        /// How many.
        failed: usize,
    },
    /// Several files would be printed one behind the other.
    #[error("{files} files are meant: with --in-place they are replaced; only one can be printed")]
    InPlace {
        /// How many.
        files: usize,
    },
    /// There is no place for a file in the clear.
    #[error("cannot keep a file in memory")]
    Memory(#[source] io::Error),
    /// The editor did not do its work.
    #[error("the editor {editor:?} failed, nothing was written: {why}")]
    Editor {
        /// Its name.
        editor: String,
        /// How.
        why: String,
    },
    /// Somebody else wrote the file meanwhile.
    #[error("{path} was changed by somebody else meanwhile; nothing was written")]
    Changed {
        /// File.
        path: PathBuf,
    },
    /// A signal came.
    #[error("told to end; nothing was written")]
    Told,
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
    /// A file of the landscape cannot be had.
    #[error(transparent)]
    Tree(TreeError),
    /// No cluster is named.
    #[error("no kubeconfig is given: name one by --kubeconfig or in $KUBECONFIG")]
    NoKubeconfig,
    /// A unit that the landscape does not have.
    #[error("the landscape has no unit {name:?}; it has {known}")]
    NoSuchUnit {
        /// Name.
        name: String,
        /// Names of its units.
        known: String,
    },
    /// Variables cannot be had from the cluster.
    #[error(transparent)]
    ClusterVariables(#[from] VariablesError),
    /// What a command is about does not exist.
    #[error("{object} does not exist")]
    NotFound {
        /// What.
        object: Box<ObjectId>,
    },
    /// An inventory is not understood.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// Logging cannot start.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ServeError),
    /// The virtual garden is not named, or cannot be reached yet.
    #[error("the virtual garden cannot be reached: name its kubeconfig by --virtual-kubeconfig")]
    NoGarden,
    /// What a landscape keeps cannot be read.
    #[error(transparent)]
    Sync(Box<SyncError>),
    /// Units that need each other, or what is not there.
    #[error("the units of the landscape are in no order")]
    Order(#[from] GraphError),
    /// A file of the landscape is not understood.
    #[error("{path} is not understood: {why}")]
    Document {
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
    /// A new repository cannot be made.
    #[error(transparent)]
    Init(#[from] crate::init::InitError),
    /// A cluster that files are checked with.
    #[error(transparent)]
    Survey(#[from] crate::survey::SurveyError),
    /// The schemas of the program are not readable.
    #[error(transparent)]
    Schemas(#[from] UnpackError),
    /// A cluster did not answer as it should.
    #[error(transparent)]
    Cluster(#[from] common::kube::Error),
    /// An upgrade stopped before its end.
    #[error(transparent)]
    Upgrade(#[from] crate::upgrade::Stop),
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
            | Self::InPlace { .. }
            | Self::Rules(_)
            | Self::Read { .. }
            | Self::Document { .. }
            | Self::Tree(_)
            | Self::NoKubeconfig
            | Self::NoGarden
            | Self::NoSuchUnit { .. }
            | Self::Order(_)
            | Self::Definition { .. } => ExitCode::Usage,
            Self::Upgrade(crate::upgrade::Stop::Paused(_)) => ExitCode::TimedOut,
            Self::Upgrade(_)
            | Self::Collect(_)
            | Self::Schemas(_)
            | Self::Survey(_)
            | Self::Init(_)
            | Self::Write { .. }
            | Self::File { .. }
            | Self::Secrets(_)
            | Self::Several { .. }
            | Self::Memory(_)
            | Self::Editor { .. }
            | Self::Changed { .. }
            | Self::ClusterVariables(_)
            | Self::Inventory(_)
            | Self::Sync(_)
            | Self::Telemetry(_)
            | Self::Listen(_)
            | Self::Cluster(_)
            | Self::Start(_)
            | Self::Print(_) => ExitCode::Failure,
            Self::Told => ExitCode::Interrupted,
            Self::NotFound { .. } => ExitCode::NotFound,
        }
    }
}

impl From<SyncError> for CliError {
    fn from(error: SyncError) -> Self {
        Self::Sync(Box::new(error))
    }
}
