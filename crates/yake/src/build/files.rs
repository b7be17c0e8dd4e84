//! Files as the build reads them: those that sops encrypted are opened on the way, if there are keys.

use std::borrow::Cow;

use common::secrets::{Format, Identities, Reason, SecretsError, recipients};

use super::decrypt;
use super::error::BuildError;
use super::secrecy::{CIPHERTEXT, SecretFields};
use super::tree::Tree;
use super::value::Value;
use super::yaml::{self, Document};

/// The files of a tree, and who opens them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Files<'a> {
    /// The files as they stand in Git.
    pub(crate) tree: &'a Tree,
    /// Keys; without them encrypted files are left as they are.
    pub(crate) identities: Option<&'a Identities>,
}

/// A document of a file, in the clear.
#[derive(Clone)]
pub(crate) struct FileDocument {
    /// What it holds.
    pub(crate) value: Value,
    /// Where it begins in the file as it stands in Git, counted from 1.
    pub(crate) line: usize,
    /// Fields that are encrypted in the file.
    pub(crate) encrypted_fields: SecretFields,
}

impl From<Document> for FileDocument {
    fn from(document: Document) -> Self {
        Self {
            value: document.value,
            line: document.line,
            encrypted_fields: SecretFields::default(),
        }
    }
}

/// A file that a generator takes as it is.
pub(crate) struct Input<'a> {
    /// Its bytes, in the clear.
    pub(crate) bytes: Cow<'a, [u8]>,
    /// It was encrypted.
    pub(crate) is_secret: bool,
}

impl<'a> Files<'a> {
    /// The documents of a manifest or a patch.
    pub(crate) fn documents(&self, file: &str) -> Result<Vec<FileDocument>, BuildError> {
        let text = self.tree.text(file)?;
        let documents = yaml::read(text).map_err(|error| BuildError::yaml(file, error))?;
        match self.identities {
            Some(identities) if documents.iter().any(decrypt::is_to_open) => {
                decrypt::documents(file, text, documents, identities)
            }
            _ => Ok(documents.into_iter().map(FileDocument::from).collect()),
        }
    }

    /// The bytes of an input of a generator. Where the name does not tell, its format is `otherwise`.
    pub(crate) fn input(&self, file: &str, otherwise: Format) -> Result<Input<'a>, BuildError> {
        let bytes = self.tree.bytes(file)?;
        let format = match Format::of(file) {
            Format::Binary => otherwise,
            format => format,
        };
        match self.identities {
            Some(identities) if is_encrypted(file, format, bytes)? => Ok(Input {
                bytes: Cow::Owned(decrypt::bytes(file, format, bytes, identities)?),
                is_secret: true,
            }),
            _ => Ok(Input {
                bytes: Cow::Borrowed(bytes),
                is_secret: false,
            }),
        }
    }
}

/// What is not of the format is no encrypted file of it; what has a block that is wrong is one if it holds ciphertext.
pub(super) fn is_encrypted(file: &str, format: Format, bytes: &[u8]) -> Result<bool, BuildError> {
    let holds = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    if !holds("sops") {
        return Ok(false);
    }
    match recipients(file, format, bytes) {
        Ok(_) => Ok(true),
        Err(SecretsError {
            reason: Reason::NotEncrypted | Reason::Syntax(..),
            ..
        }) => Ok(false),
        Err(SecretsError { reason, .. }) if holds(CIPHERTEXT) => Err(decrypt::failed(file, reason)),
        Err(_) => Ok(false),
    }
}
