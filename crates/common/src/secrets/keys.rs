//! age: to whom the key of a file is encrypted, and who opens it.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::str::FromStr;

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::x25519;
use zeroize::Zeroizing;

use super::cipher::DataKey;
use super::error::Reason;

/// Somebody for whom files are encrypted: `age1…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(x25519::Recipient);

impl FromStr for Recipient {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        let recipient = text.trim().parse();
        recipient
            .map(Self)
            .map_err(|_| Reason::Setting(shown(text), "it is no age recipient (age1…)"))
    }
}

/// Somebody may give the secret key for the public one.
fn shown(text: &str) -> String {
    if text.trim().starts_with("age1") {
        text.trim()
    } else {
        "a recipient"
    }
    .to_owned()
}

impl fmt::Display for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Recipient {
    /// The key of a file, armored.
    pub(super) fn wrap(&self, key: &DataKey) -> Option<String> {
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&self.0 as _)).ok()?;
        let armored = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor).ok()?;
        let mut writer = encryptor.wrap_output(armored).ok()?;
        writer.write_all(key.bytes()).ok()?;
        let armored = writer.finish().ok()?.finish().ok()?;
        String::from_utf8(armored).ok()
    }
}

/// Secret keys that may open files.
#[derive(Clone, Default)]
pub struct Identities(Vec<x25519::Identity>);

impl fmt::Debug for Identities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Identities({}, ***)", self.0.len())
    }
}

impl Identities {
    /// The keys of an age key file: one a line, `#` begins a comment.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let lines = text.lines().enumerate().map(|(index, line)| (index, line.trim()));
        lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(index, line)| {
                line.parse()
                    .map_err(|_| Reason::Syntax(index + 1, "it is no age secret key of the X25519 kind"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Adds the keys of another file.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Whom to encrypt for, so that these keys open it.
    pub fn recipients(&self) -> Vec<Recipient> {
        self.0
            .iter()
            .map(|identity| Recipient(identity.to_public()))
            .collect()
    }

    /// The key of a file, if one of these opens it.
    pub(super) fn unwrap(&self, armored: &str) -> Option<DataKey> {
        let decryptor = age::Decryptor::new(ArmoredReader::new(armored.as_bytes())).ok()?;
        let identities = self.0.iter().map(|identity| identity as &dyn age::Identity);
        let mut reader = decryptor.decrypt(identities).ok()?;
        let mut key = Zeroizing::new(Vec::with_capacity(64));
        reader.by_ref().take(64).read_to_end(&mut key).ok()?;
        DataKey::from_bytes(&key)
    }
}
