//! What sops encrypted, opened. The MAC is proven for the file as it stands in Git, before any overlay touches what
//! it holds; Flux opens objects after the build, where overlays have broken the MAC, and so does not look at it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::secrets::{Format, Identities, Reason, decrypt};

use super::error::BuildError;
use super::files::{FileDocument, is_encrypted};
use super::object::Object;
use super::secrecy::{SecretFields, has_ciphertext};
use super::value::{Map, Value};
use super::yaml::{self, Document};

/// The annotation of objects that are left encrypted: operators that open them in the cluster want them so.
const OPT_OUT: &str = "kustomize.toolkit.fluxcd.io/decrypt";

/// An error that says which file cannot be opened, and why.
pub(super) fn failed(file: &str, source: Reason) -> BuildError {
    BuildError::DecryptionFailed {
        file: file.to_owned(),
        source,
    }
}

/// The document carries a block of sops, and nobody wants it to stay.
pub(super) fn is_to_open(document: &Document) -> bool {
    is_sealed(&document.value) && !is_opted_out(&document.value)
}

/// A member of that name alone proves nothing: charts have settings for sops.
fn is_sealed(value: &Value) -> bool {
    let block = value.get("sops").filter(|block| block.as_map().is_some());
    block.is_some_and(|block| {
        block.get("mac").is_some() || block.get("lastmodified").is_some() || has_ciphertext(value)
    })
}

fn is_opted_out(value: &Value) -> bool {
    let annotation = value.at(&["metadata", "annotations", OPT_OUT]);
    annotation.and_then(Value::as_text) == Some("disabled")
}

/// The documents of an encrypted file. Those that were encrypted together have the same block, and are opened
/// together, since one MAC covers all of them; files that were joined later are taken apart again.
pub(super) fn documents(
    file: &str,
    text: &str,
    sealed: Vec<Document>,
    identities: &Identities,
) -> Result<Vec<FileDocument>, BuildError> {
    let mut blocks = sealed.iter().map(|document| document.value.get("sops"));
    let first = blocks.next().flatten();
    if first.is_some() && blocks.all(|block| block == first) {
        return open(file, text, sealed, identities);
    }
    let mut opened = Vec::new();
    for (part, line) in parts(text) {
        let mut documents = yaml::read(part).map_err(|error| BuildError::yaml(file, error))?;
        for document in &mut documents {
            document.line += line;
        }
        if documents.iter().any(is_to_open) {
            opened.extend(open(file, part, documents, identities)?);
        } else {
            opened.extend(documents.into_iter().map(FileDocument::from));
        }
    }
    Ok(opened)
}

/// The parts of a text between lines that separate documents, and how many lines stand before each.
fn parts(text: &str) -> Vec<(&str, usize)> {
    let is_separator = |line: &str| {
        let rest = line.strip_prefix("---");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
    };
    let (mut found, mut begin, mut begin_line, mut end) = (Vec::new(), 0, 0, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if is_separator(line) && end > begin {
            found.push((text.get(begin..end).unwrap_or_default(), begin_line));
            (begin, begin_line) = (end, index);
        }
        end += line.len();
    }
    found.push((text.get(begin..).unwrap_or_default(), begin_line));
    found
}

/// Documents that were encrypted together. Those that shall stay encrypted do.
fn open(
    file: &str,
    text: &str,
    sealed: Vec<Document>,
    identities: &Identities,
) -> Result<Vec<FileDocument>, BuildError> {
    let format = match Format::of(file) {
        Format::Json => Format::Json,
        _ => Format::Yaml,
    };
    let plain = bytes(file, format, text.as_bytes(), identities)?;
    // What the reader says about text in the clear may quote it.
    let unreadable = || BuildError::invalid(file, "what was encrypted is no manifest that can be read");
    let plain = std::str::from_utf8(&plain).map_err(|_| unreadable())?;
    let plain = yaml::read(plain).map_err(|_| unreadable())?;
    if plain.len() != sealed.len() {
        return Err(unreadable());
    }
    let pairs = sealed.into_iter().zip(plain);
    Ok(pairs
        .map(|(sealed, plain)| {
            if is_opted_out(&sealed.value) {
                return FileDocument::from(sealed);
            }
            let mut value = sealed.value;
            value.as_map_mut().and_then(|map| map.remove("sops"));
            FileDocument {
                encrypted_fields: SecretFields::encrypted(&value),
                value: plain.value,
                line: sealed.line,
            }
        })
        .collect())
}

/// A whole file in the clear.
pub(super) fn bytes(
    file: &str,
    format: Format,
    sealed: &[u8],
    identities: &Identities,
) -> Result<Vec<u8>, BuildError> {
    let opened = decrypt(file, format, sealed, identities).and_then(|opened| opened.plain());
    opened
        .map(|plain| plain.expose().to_vec())
        .map_err(|error| failed(file, error.reason))
}

/// Opens data of Secrets that are encrypted documents themselves, and refuses ciphertext that nothing opens.
pub(super) fn secrets(objects: &mut [Object], identities: &Identities) -> Result<(), BuildError> {
    let is_secret = |object: &&mut Object| !SecretFields::of_kind(&object.kind()).is_empty();
    for object in objects.iter_mut().filter(is_secret) {
        if is_opted_out(&object.value) {
            continue;
        }
        let file = object.origin.file.clone();
        let texts = object.value.get("stringData").is_some_and(has_ciphertext);
        if texts || object.value.get("data").is_some_and(has_ciphertext) {
            return Err(failed(&file, Reason::NotEncrypted));
        }
        let data = object.value.as_map_mut().and_then(|map| map.get_mut("data"));
        if let Some(data) = data.and_then(Value::as_map_mut) {
            documents_in(data, &file, identities)?;
        }
    }
    Ok(())
}

fn documents_in(data: &mut Map, file: &str, identities: &Identities) -> Result<(), BuildError> {
    for (name, value) in data {
        let letters: String = value.as_text().unwrap_or_default().split_whitespace().collect();
        let Ok(sealed) = STANDARD.decode(letters) else {
            continue;
        };
        let (format, place) = (Format::of(name), format!("{file} (data.{name})"));
        if is_encrypted(&place, format, &sealed)? {
            let plain = bytes(&place, format, &sealed, identities)?;
            *value = Value::text(STANDARD.encode(plain));
        }
    }
    Ok(())
}
