//! The data of a generated object, from literals, files and files of `NAME=VALUE` lines.

use std::collections::BTreeMap;

use common::secrets::Format;

use super::super::accumulate::{in_field, resolve};
use super::super::error::BuildError;
use super::super::files::{Files, Input};
use super::super::kustomization::Generator;
use super::super::load::Loaded;

/// Bytes by key.
pub(crate) type Data = BTreeMap<String, Vec<u8>>;

/// All data of a generator.
pub(crate) struct Collected {
    pub(crate) data: Data,
    /// Something came from an encrypted file.
    pub(crate) is_secret: bool,
}

/// Collects the data of a generator.
pub(crate) fn pairs(
    files: &Files<'_>,
    loaded: &Loaded,
    field: &str,
    generator: &Generator,
) -> Result<Collected, BuildError> {
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    let mut is_secret = false;
    let wrong = |field: String, problem: String| BuildError::field(&loaded.file, field, problem);
    let mut file = |of: &str, named: &str| -> Result<Input<'_>, BuildError> {
        let field = format!("{field}.{of}");
        let path = resolve(loaded, &field, named)?;
        let otherwise = if of == "envs" {
            Format::Dotenv
        } else {
            Format::Binary
        };
        let input = files
            .input(&path, otherwise)
            .map_err(|error| in_field(error, loaded, &field))?;
        is_secret |= input.is_secret;
        Ok(input)
    };
    let env = Some(&generator.env).filter(|env| !env.is_empty());
    for named in generator.envs.iter().chain(env) {
        let input = file("envs", named)?;
        let text = std::str::from_utf8(&input.bytes).map_err(|_| {
            wrong(
                format!("{field}.envs"),
                format!("names {named:?}, which is no text"),
            )
        })?;
        found.extend(
            lines(text).map_err(|problem| wrong(format!("{field}.envs"), format!("{named:?}: {problem}")))?,
        );
    }
    for literal in &generator.literals {
        let pair = literal.split_once('=').filter(|(key, _)| !key.is_empty());
        let (key, value) = pair.ok_or_else(|| {
            wrong(
                format!("{field}.literals"),
                format!("has {literal:?}, which is not NAME=VALUE"),
            )
        })?;
        found.push((key.to_owned(), unquoted(value).as_bytes().to_vec()));
    }
    for named in &generator.files {
        let (key, path) = match named.split_once('=') {
            Some((key, path)) => (key, path),
            None => (named.rsplit('/').next().unwrap_or(named), named.as_str()),
        };
        if key.is_empty() || path.is_empty() || path.contains('=') {
            return Err(wrong(
                format!("{field}.files"),
                format!("has {named:?}, which is not [NAME=]FILE"),
            ));
        }
        found.push((key.to_owned(), file("files", path)?.bytes.into_owned()));
    }
    let mut data = Data::new();
    for (key, value) in found {
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !key.bytes().all(is_legal) || key.is_empty() {
            return Err(wrong(
                field.to_owned(),
                format!("has the key {key:?}: only letters, digits, - _ . may stand in it"),
            ));
        }
        if data.insert(key.clone(), value).is_some() {
            return Err(wrong(
                field.to_owned(),
                format!("gives the key {key:?} of {} twice", generator.name),
            ));
        }
    }
    Ok(Collected { data, is_secret })
}

/// The variables of a file. What is no variable is not quoted: it may be the second line of a secret.
fn lines(text: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let first_is_digit = key.starts_with(|first: char| first.is_ascii_digit());
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if key.is_empty() || first_is_digit || !key.bytes().all(is_name) {
            return Err(format!(
                "line {} does not begin with the name of a variable",
                index + 1
            ));
        }
        found.push((key.to_owned(), value.as_bytes().to_vec()));
    }
    Ok(found)
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}
