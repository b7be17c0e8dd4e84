//! A new landscape's repository, from templates and a few wishes. Pure: the files are made here and written elsewhere.
//!
//! The same wishes make the same files. Only encrypted files differ each time, since encryption is never the same
//! twice; whoever writes them leaves those that are there alone.

mod template;
mod wishes;

use common::secrets::{CreationRules, Format, Randomness, SecretsError, encrypt};
use jiff::Timestamp;

use crate::build::{Variables, fill};
use template::templates;
pub use wishes::{Dns, Provider, Wishes};

/// What encrypted placeholders say; where nobody encrypts, placeholders are empty, which no check takes for a secret.
const PLACEHOLDER: &str = "fill me in";

/// A file of the new repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Path below the folder.
    pub path: String,
    /// Content.
    pub content: String,
    /// It holds secrets.
    pub is_secret: bool,
}

/// A repository that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A template asks for something that nobody gives.
    #[error("the template of {path} cannot be filled in: {why}")]
    Template {
        /// File.
        path: String,
        /// What.
        why: String,
    },
    /// A file cannot be encrypted.
    #[error(transparent)]
    Encrypt(#[from] SecretsError),
}

/// All files that the wishes stand for, none of them encrypted.
pub fn drafts(wishes: &Wishes) -> Result<Vec<Draft>, InitError> {
    let variables = variables(wishes)?;
    let mut drafts = Vec::new();
    for (path, text, own) in templates(wishes) {
        let mut variables = variables.clone();
        variables.extend(own);
        drafts.push(Draft {
            content: filled(&path, text, &variables)?,
            is_secret: path.ends_with(".secret.yaml"),
            path,
        });
    }
    drafts.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(drafts)
}

fn filled(path: &str, text: &str, variables: &Variables) -> Result<String, InitError> {
    fill(text, variables).map_err(|why| InitError::Template {
        path: path.to_owned(),
        why,
    })
}

fn variables(wishes: &Wishes) -> Result<Variables, InitError> {
    let placeholder = if wishes.recipients.is_empty() {
        ""
    } else {
        PLACEHOLDER
    };
    let recipients: Vec<String> = wishes.recipients.iter().map(ToString::to_string).collect();
    let versions: Vec<String> = wishes
        .extensions()
        .into_iter()
        .map(|(name, version)| format!("  {name}: {{version: {version}}}"))
        .collect();
    let zones: Vec<String> = wishes
        .zones
        .iter()
        .map(|zone| format!("{{name: {zone}}}"))
        .collect();
    let mut variables: Variables = [
        ("landscape", wishes.landscape.clone()),
        ("base_domain", wishes.base_domain.clone()),
        ("provider", wishes.provider.to_string()),
        ("dns", wishes.dns.to_string()),
        ("gardener", wishes.gardener.to_string()),
        ("kubernetes", wishes.kubernetes().to_string()),
        ("region", wishes.region.clone()),
        ("zones", wishes.zones.join(", ")),
        ("zone_entries", zones.join(", ")),
        ("nodes", wishes.nodes.clone()),
        ("pods", wishes.pods.clone()),
        ("services", wishes.services.clone()),
        ("placeholder", placeholder.to_owned()),
        ("recipients", recipients.join(",")),
        ("extension_versions", versions.join("\n")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    let source = match &wishes.source_url {
        Some(url) => {
            let url = [("source_url".to_owned(), url.clone())].into_iter().collect();
            filled("landscape.yaml", template::SOURCE, &url)?
        }
        None => String::new(),
    };
    variables.insert("source", source);
    let decryption = if recipients.is_empty() {
        ""
    } else {
        template::DECRYPTION
    };
    variables.insert("decryption", decryption);
    Ok(variables)
}

/// Encrypts the files that hold secrets, as `.sops.yaml` of the same files says.
pub fn seal(drafts: &mut [Draft], now: Timestamp, randomness: &mut dyn Randomness) -> Result<(), InitError> {
    let rules = drafts
        .iter()
        .find(|draft| draft.path == ".sops.yaml")
        .and_then(|draft| CreationRules::parse(&draft.content).ok());
    for draft in drafts.iter_mut().filter(|draft| draft.is_secret) {
        let Some(Ok(policy)) = rules.as_ref().map(|rules| rules.policy(&draft.path)) else {
            continue;
        };
        let plain = draft.content.as_bytes();
        let sealed = encrypt(&draft.path, Format::Yaml, plain, &policy, now, randomness)?;
        draft.content = String::from_utf8_lossy(&sealed).into_owned();
    }
    Ok(())
}
