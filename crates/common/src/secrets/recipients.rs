//! Who can open a file: asked of it, and changed.

use super::document::Opened;
use super::error::SecretsError;
use super::format::{Format, Indent};
use super::keys::{Identities, Recipient};
use super::metadata::Metadata;

/// Recipients of an encrypted document, opened by nobody.
///
/// # Errors
/// If it is not encrypted.
pub fn recipients(file: &str, format: Format, encrypted: &[u8]) -> Result<Vec<String>, SecretsError> {
    let metadata = format
        .read_encrypted(encrypted)
        .and_then(|(_, block)| Metadata::parse(block))
        .map_err(|reason| reason.of(file))?;
    Ok(metadata
        .keys
        .into_iter()
        .map(|(recipient, _)| recipient)
        .collect())
}

/// Who shall be able to open a file.
#[derive(Debug, Clone)]
pub enum Change {
    /// These and nobody else.
    Set(Vec<Recipient>),
    /// Those who can, with some more and without others. Recipients of other kinds than X25519 stay.
    Adjust {
        /// Who is added.
        add: Vec<Recipient>,
        /// Who is taken away.
        remove: Vec<Recipient>,
    },
}

impl Change {
    /// The recipients of a file that has `current` ones. Those who stay come first, in their order.
    pub fn recipients<'a>(&self, current: impl Iterator<Item = &'a str>) -> Vec<String> {
        let names = |recipients: &[Recipient]| recipients.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (mut wanted, added): (Vec<String>, Vec<String>) = match self {
            Self::Set(all) => {
                let all = names(all);
                let stay = current.filter(|name| all.iter().any(|wanted| wanted == name));
                (stay.map(str::to_owned).collect(), all.clone())
            }
            Self::Adjust { add, remove } => {
                let remove = names(remove);
                let stay = current.filter(|name| !remove.iter().any(|removed| removed == name));
                (stay.map(str::to_owned).collect(), names(add))
            }
        };
        for name in added {
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        wanted
    }
}

/// Gives the key of a file to others, as `sops updatekeys` does: values and MAC stay as they are, and so does what is
/// encrypted to those who can open it still. Nothing if nothing changes.
///
/// Who could open the file before may have kept its key: [`Opened::rekey`] makes another.
///
/// # Errors
/// If no identity opens it, anything of it was changed without sops, or nobody could open it afterwards.
pub fn give(
    file: &str,
    format: Format,
    encrypted: &[u8],
    identities: &Identities,
    change: &Change,
) -> Result<Option<Vec<u8>>, SecretsError> {
    let work = || {
        let opened = Opened::open(file, format, encrypted, identities)?;
        let (documents, block) = format.read_encrypted(encrypted)?;
        let mut metadata = Metadata::parse(block)?;
        let before = metadata.keys.clone();
        metadata.give(&opened.key, change)?;
        if metadata.keys == before {
            return Ok(None);
        }
        let written = format.write_encrypted(documents, &metadata.block(), Indent::of(encrypted))?;
        Ok(Some(written))
    };
    work().map_err(|reason: super::error::Reason| reason.of(file))
}
