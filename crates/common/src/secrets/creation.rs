//! `.sops.yaml`: how new files are encrypted, by their path.

use serde::Deserialize;

use super::document::Policy;
use super::error::Reason;
use super::format::Indent;
use super::keys::Recipient;
use super::mac::Coverage;
use super::selection::Selection;

/// The rules of a `.sops.yaml`.
#[derive(Debug, Clone, Deserialize)]
pub struct CreationRules {
    #[serde(default)]
    creation_rules: Vec<Rule>,
    #[serde(default)]
    stores: Stores,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Stores {
    yaml: Store,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Store {
    indent: usize,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Rule {
    path_regex: Option<String>,
    #[serde(flatten)]
    keys: Keys,
    key_groups: Vec<Keys>,
    unencrypted_suffix: Option<String>,
    encrypted_suffix: Option<String>,
    unencrypted_regex: Option<String>,
    encrypted_regex: Option<String>,
    unencrypted_comment_regex: Option<String>,
    encrypted_comment_regex: Option<String>,
    mac_only_encrypted: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Keys {
    age: Option<OneOrMore>,
    pgp: Option<serde_json::Value>,
    kms: Option<serde_json::Value>,
    gcp_kms: Option<serde_json::Value>,
    hckms: Option<serde_json::Value>,
    azure_keyvault: Option<serde_json::Value>,
    hc_vault: Option<serde_json::Value>,
    hc_vault_transit_uri: Option<serde_json::Value>,
    merge: Option<serde_json::Value>,
}

/// A list, or text with commas.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl CreationRules {
    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        serde_saphyr::from_str(text)
            .map_err(|_| Reason::Setting(".sops.yaml".to_owned(), "it is not as sops wants it"))
    }

    /// What is to be done with a file, given by its path from the folder of `.sops.yaml`.
    pub fn policy(&self, path: &str) -> Result<Policy, Reason> {
        for rule in &self.creation_rules {
            if rule.fits(path)? {
                return Ok(Policy {
                    indent: Indent::new(self.stores.yaml.indent).unwrap_or_default(),
                    ..rule.policy()?
                });
            }
        }
        Err(Reason::NoRule)
    }
}

impl Rule {
    fn fits(&self, path: &str) -> Result<bool, Reason> {
        let Some(text) = self.path_regex.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(true);
        };
        let regex = regex::Regex::new(text);
        let regex =
            regex.map_err(|_| Reason::Setting("path_regex".to_owned(), "it is no regular expression"))?;
        Ok(regex.is_match(path))
    }

    fn policy(&self) -> Result<Policy, Reason> {
        let keys = match self.key_groups.as_slice() {
            [] => &self.keys,
            [group] => group,
            _ => return Err(Reason::KeyGroups),
        };
        Ok(Policy {
            recipients: keys.recipients()?,
            selection: self.selection()?,
            coverage: if self.mac_only_encrypted {
                Coverage::EncryptedValues
            } else {
                Coverage::AllValues
            },
            indent: Indent::default(),
        })
    }

    fn selection(&self) -> Result<Selection, Reason> {
        let values = [
            &self.unencrypted_suffix,
            &self.encrypted_suffix,
            &self.unencrypted_regex,
            &self.encrypted_regex,
            &self.unencrypted_comment_regex,
            &self.encrypted_comment_regex,
        ];
        let mut rules = Selection::NAMES
            .into_iter()
            .zip(values)
            .filter_map(|(name, value)| {
                let value = value.as_deref().filter(|value| !value.is_empty())?;
                Some((name, value))
            });
        let Some((name, value)) = rules.next() else {
            return Ok(Selection::default());
        };
        if rules.next().is_some() {
            return Err(Reason::Setting(
                name.to_owned(),
                "there is a second rule of what is encrypted",
            ));
        }
        Selection::parse(name, value)
    }
}

impl Keys {
    fn recipients(&self) -> Result<Vec<Recipient>, Reason> {
        let foreign = [
            ("pgp", &self.pgp),
            ("kms", &self.kms),
            ("gcp_kms", &self.gcp_kms),
            ("hckms", &self.hckms),
            ("azure_keyvault", &self.azure_keyvault),
            ("hc_vault", &self.hc_vault),
            ("hc_vault_transit_uri", &self.hc_vault_transit_uri),
            ("merge", &self.merge),
        ];
        if let Some((kind, _)) = foreign.iter().find(|(_, value)| value.is_some()) {
            return Err(Reason::ForeignRecipients((*kind).to_owned()));
        }
        let texts: Vec<&str> = match &self.age {
            None => Vec::new(),
            Some(OneOrMore::One(text)) => text.split(',').collect(),
            Some(OneOrMore::More(texts)) => texts.iter().map(String::as_str).collect(),
        };
        texts
            .into_iter()
            .filter(|text| !text.trim().is_empty())
            .map(str::parse)
            .collect()
    }
}
