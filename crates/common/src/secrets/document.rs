//! What is done with a file: encrypt, decrypt, edit, encrypt anew.

use jiff::Timestamp;

use super::cipher::{DataKey, Known, Randomness, is_encrypted};
use super::error::{Reason, SecretsError};
use super::format::{Format, Indent};
use super::keys::{Identities, Recipient};
use super::mac::{Coverage, Mac};
use super::metadata::{Metadata, VERSION};
use super::plain::{Kind, Plain, PlainDocument};
use super::selection::Selection;
use super::tree::{self, Documents, Place};

/// How a new file is encrypted.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Who can open it.
    pub recipients: Vec<Recipient>,
    /// Which of its values are encrypted.
    pub selection: Selection,
    /// Which of its values the MAC covers.
    pub coverage: Coverage,
    /// How it is indented if it is YAML.
    pub indent: Indent,
}

/// Encrypts a document in the clear. `file` is for errors only.
///
/// # Errors
/// If it is not of its format, or has a `sops` block.
pub fn encrypt(
    file: &str,
    format: Format,
    plain: &[u8],
    policy: &Policy,
    now: Timestamp,
    randomness: &mut dyn Randomness,
) -> Result<Vec<u8>, SecretsError> {
    let mut work = || {
        let documents = read_plain(format, plain)?;
        let key = DataKey::random(randomness);
        let metadata = Metadata::new(
            &key,
            &policy.recipients,
            policy.selection.clone(),
            policy.coverage,
        )?;
        let mut sealing = Sealing {
            format,
            indent: policy.indent,
            key: &key,
            known: Known::default(),
            randomness,
        };
        sealing.seal(documents, metadata, now)
    };
    work().map_err(|reason: Reason| reason.of(file))
}

/// Opens an encrypted document and proves that nobody changed it.
///
/// # Errors
/// If no identity opens it, or anything of it was changed without sops.
pub fn decrypt(
    file: &str,
    format: Format,
    encrypted: &[u8],
    identities: &Identities,
) -> Result<Opened, SecretsError> {
    Opened::open(file, format, encrypted, identities).map_err(|reason| reason.of(file))
}

/// A document that was decrypted.
pub struct Opened {
    file: String,
    format: Format,
    indent: Indent,
    documents: Documents,
    metadata: Metadata,
    pub(super) key: DataKey,
    known: Known,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Opened({}, ***)", self.file)
    }
}

impl Opened {
    pub(super) fn open(
        file: &str,
        format: Format,
        encrypted: &[u8],
        identities: &Identities,
    ) -> Result<Self, Reason> {
        let (documents, block) = format.read_encrypted(encrypted)?;
        let metadata = Metadata::parse(block)?;
        let key = metadata.open(identities)?;
        let mut opening = Opening {
            metadata: &metadata,
            key: &key,
            mac: Mac::new(metadata.coverage),
            known: Known::default(),
        };
        let documents = tree::replace(documents, &mut |leaf, place| opening.leaf(leaf, place))?;
        let expected = key.decrypt(&metadata.mac, &metadata.last_modified);
        let (expected, _) = expected.map_err(|_| Reason::MacMismatch)?;
        if !opening.mac.fits(expected.expose()) {
            return Err(Reason::MacMismatch);
        }
        let known = opening.known;
        Ok(Self {
            file: file.to_owned(),
            format,
            indent: Indent::of(encrypted),
            documents,
            metadata,
            key,
            known,
        })
    }

    /// The tree in the clear, without the `sops` block.
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Who can open the file.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        self.metadata.keys.iter().map(|(recipient, _)| recipient.as_str())
    }

    /// The document in the clear.
    ///
    /// # Errors
    /// If a value has no place in its format.
    pub fn plain(&self) -> Result<PlainDocument, SecretsError> {
        self.format
            .write(&self.documents, self.indent)
            .map_err(|reason| reason.of(&self.file))
    }

    /// Encrypts the edited document for the same recipients; what was not touched keeps its ciphertext.
    /// Nothing if nothing was changed.
    ///
    /// # Errors
    /// If the edited document is not of its format.
    pub fn edit(
        self,
        edited: &[u8],
        now: Timestamp,
        randomness: &mut dyn Randomness,
    ) -> Result<Option<Vec<u8>>, SecretsError> {
        let file = self.file.clone();
        let documents = read_plain(self.format, edited).map_err(|reason| reason.of(&file))?;
        if documents == self.documents {
            return Ok(None);
        }
        let mut sealing = Sealing {
            format: self.format,
            indent: self.indent,
            key: &self.key,
            known: self.known,
            randomness,
        };
        let sealed = sealing.seal(documents, self.metadata, now);
        sealed.map(Some).map_err(|reason| reason.of(&file))
    }

    /// Encrypts the same document with a new key for these recipients and nobody else.
    ///
    /// # Errors
    /// If there are recipients of other kinds than age.
    pub fn rekey(
        self,
        recipients: &[Recipient],
        now: Timestamp,
        randomness: &mut dyn Randomness,
    ) -> Result<Vec<u8>, SecretsError> {
        let Self {
            file,
            format,
            indent,
            documents,
            mut metadata,
            ..
        } = self;
        let work = || {
            let key = DataKey::random(randomness);
            metadata.rekey(&key, recipients)?;
            let mut sealing = Sealing {
                format,
                indent,
                key: &key,
                known: Known::default(),
                randomness,
            };
            sealing.seal(documents, metadata, now)
        };
        work().map_err(|reason: Reason| reason.of(&file))
    }
}

fn read_plain(format: Format, plain: &[u8]) -> Result<Documents, Reason> {
    let documents = format.read(plain)?;
    if format.has_block(&documents) {
        return Err(Reason::AlreadyEncrypted);
    }
    if documents.is_empty() {
        return Err(Reason::Syntax(1, "the document is empty"));
    }
    Ok(documents)
}

struct Sealing<'a> {
    format: Format,
    indent: Indent,
    key: &'a DataKey,
    known: Known,
    randomness: &'a mut dyn Randomness,
}

impl Sealing<'_> {
    fn seal(
        &mut self,
        documents: Documents,
        mut metadata: Metadata,
        now: Timestamp,
    ) -> Result<Vec<u8>, Reason> {
        let mut mac = Mac::new(metadata.coverage);
        let selection = metadata.selection.clone();
        let documents = tree::replace(documents, &mut |leaf, place| {
            self.leaf(leaf, place, &selection, &mut mac)
        })?;
        VERSION.clone_into(&mut metadata.version);
        metadata.last_modified = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        metadata.mac = self.encrypt(&Plain::text(mac.text()), &metadata.last_modified)?;
        self.format
            .write_encrypted(documents, &metadata.block(), self.indent)
    }

    fn leaf(
        &mut self,
        leaf: Plain,
        place: &Place<'_>,
        selection: &Selection,
        mac: &mut Mac,
    ) -> Result<Plain, Reason> {
        let selected = selection.takes(place, leaf.kind());
        if leaf.kind() != Kind::Comment {
            mac.add(&leaf, selected);
        }
        if !selected {
            return Ok(leaf);
        }
        let text = self.encrypt(&leaf, &place.additional_data())?;
        Ok(Plain::text(text))
    }

    fn encrypt(&mut self, plain: &Plain, additional: &str) -> Result<String, Reason> {
        let iv = self.known.take(plain, additional, self.randomness);
        let text = self.key.encrypt(plain, &iv, additional);
        text.ok_or(Reason::Metadata("a value is too large to be encrypted"))
    }
}

struct Opening<'a> {
    metadata: &'a Metadata,
    key: &'a DataKey,
    mac: Mac,
    known: Known,
}

impl Opening<'_> {
    fn leaf(&mut self, leaf: Plain, place: &Place<'_>) -> Result<Plain, Reason> {
        let selected = self.metadata.selection.takes(place, leaf.kind());
        if leaf.kind() == Kind::Comment {
            return if selected {
                self.comment(leaf, place)
            } else {
                Ok(leaf)
            };
        }
        let plain = if selected && !leaf.is_empty() {
            let wrong = |reason| Reason::Value(place.shown(), reason);
            let text = leaf.expose_text().filter(|_| leaf.kind() == Kind::Text);
            let text = text.ok_or(wrong("it is not encrypted, and must be"))?;
            self.open(text, &place.additional_data()).map_err(wrong)?
        } else {
            leaf
        };
        self.mac.add(&plain, selected);
        Ok(plain)
    }

    /// A comment that is not encrypted was added by hand; that is no harm. Parsers differ about the mapping
    /// that a comment belongs to, so that the mappings around it are tried too.
    fn comment(&mut self, leaf: Plain, place: &Place<'_>) -> Result<Plain, Reason> {
        let Some(text) = leaf.expose_text().filter(|text| is_encrypted(text)) else {
            return Ok(leaf);
        };
        for depth in (0..=place.path.len()).rev() {
            let path = place.path.get(..depth).unwrap_or_default();
            let around = Place { path, ..*place };
            if let Ok(comment) = self.open(text, &around.additional_data()) {
                return Ok(comment);
            }
        }
        Err(Reason::Value(
            place.shown(),
            "a comment was changed, moved, or encrypted with another key",
        ))
    }

    fn open(&mut self, text: &str, additional: &str) -> Result<Plain, &'static str> {
        let (plain, iv) = self.key.decrypt(text, additional)?;
        self.known.remember(&plain, additional, &iv);
        Ok(plain)
    }
}
