//! Why a folder cannot be built.

use common::secrets::Reason;

use super::tree::TreeError;
use super::yaml::YamlError;

/// A folder that cannot be built: which file, and what about it.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file cannot be had.
    #[error("{file}: {field}")]
    Path {
        /// The file that names it.
        file: String,
        /// The field that names it.
        field: String,
        /// Why.
        source: TreeError,
    },
    /// The folder itself cannot be had.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A file is no YAML.
    #[error("{file}:{line}: {problem}")]
    Yaml {
        /// File.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A field is not understood, or not yet.
    #[error("{file}: the field {field} {problem}")]
    Field {
        /// File.
        file: String,
        /// Path of the field.
        field: String,
        /// What is wrong.
        problem: String,
    },
    /// An encrypted file cannot be opened, or was changed without sops.
    #[error("{file} cannot be decrypted")]
    DecryptionFailed {
        /// File, and the key of the value where a value is an encrypted document itself.
        file: String,
        /// Why.
        source: Reason,
    },
    /// An object or the whole does not hold together.
    #[error("{file}: {problem}")]
    Invalid {
        /// File.
        file: String,
        /// What is wrong.
        problem: String,
    },
}

impl BuildError {
    pub(super) fn yaml(file: &str, error: YamlError) -> Self {
        let YamlError { line, problem } = error;
        Self::Yaml {
            file: file.to_owned(),
            line,
            problem,
        }
    }

    pub(super) fn field(file: &str, field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field {
            file: file.to_owned(),
            field: field.into(),
            problem: problem.into(),
        }
    }

    pub(super) fn invalid(file: &str, problem: impl Into<String>) -> Self {
        Self::Invalid {
            file: file.to_owned(),
            problem: problem.into(),
        }
    }
}
