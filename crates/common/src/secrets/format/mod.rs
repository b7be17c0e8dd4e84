//! Formats of files: bytes to a tree and back.

mod dotenv;
mod flat;
mod ini;
mod json;
mod yaml_layout;
mod yaml_read;
mod yaml_scalar;
mod yaml_write;

use zeroize::Zeroizing;

use super::error::Reason;
use super::plain::{Plain, PlainDocument};
use super::tree::{Branch, Documents, Member, Node};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML, with several documents and comments.
    Yaml,
    /// JSON.
    Json,
    /// Lines of `NAME=value`.
    Dotenv,
    /// Sections of `name = value`.
    Ini,
    /// Anything: as one value of a JSON document.
    Binary,
}

/// Columns by which a level of YAML is indented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indent(pub(super) usize);

impl Default for Indent {
    /// What sops does unless told otherwise.
    fn default() -> Self {
        Self(4)
    }
}

impl Indent {
    /// So many columns; from 2 to 8.
    pub fn new(columns: usize) -> Option<Self> {
        (2..=8).contains(&columns).then_some(Self(columns))
    }

    /// As an encrypted file is indented, so that it stays as it is where nothing changes.
    pub(super) fn of(encrypted: &[u8]) -> Self {
        let text = String::from_utf8_lossy(encrypted);
        let behind = text.split_once("\nsops:\n").map_or("", |(_, block)| block);
        Self::new(behind.len() - behind.trim_start_matches(' ').len()).unwrap_or_default()
    }
}

impl Format {
    /// By the ending of the name, as sops does it.
    pub fn of(file: &str) -> Self {
        match file.rsplit_once('.').map(|(_, ending)| ending) {
            Some("yaml" | "yml") => Self::Yaml,
            Some("json") => Self::Json,
            Some("env") => Self::Dotenv,
            Some("ini") => Self::Ini,
            _ => Self::Binary,
        }
    }

    /// A document in the clear.
    pub(super) fn read(self, bytes: &[u8]) -> Result<Documents, Reason> {
        if self == Self::Binary {
            let data = Plain::new(super::plain::Kind::Text, bytes);
            return Ok(vec![vec![Member::Entry("data".to_owned(), Node::Leaf(data))]]);
        }
        self.read_structure(bytes)
    }

    fn read_structure(self, bytes: &[u8]) -> Result<Documents, Reason> {
        let text = std::str::from_utf8(bytes).map_err(|_| Reason::Syntax(1, "the file is not UTF-8"))?;
        match self {
            Self::Yaml => yaml_read::read(text),
            Self::Json | Self::Binary => json::read(text).map(|branch| vec![branch]),
            Self::Dotenv => dotenv::read(text).map(|branch| vec![branch]),
            Self::Ini => ini::read(text).map(|branch| vec![branch]),
        }
    }

    pub(super) fn write(self, documents: &Documents, indent: Indent) -> Result<PlainDocument, Reason> {
        if self == Self::Binary {
            let data = documents.iter().flatten().find_map(|member| match member {
                Member::Entry(key, Node::Leaf(leaf)) if key == "data" => Some(leaf.expose().to_vec()),
                _ => None,
            });
            return data
                .map(PlainDocument::new)
                .ok_or(Reason::Metadata("a binary file has one value, `data`"));
        }
        Ok(PlainDocument::new(
            self.write_structure(documents, indent)?.as_bytes().to_vec(),
        ))
    }

    fn write_structure(self, documents: &Documents, indent: Indent) -> Result<Zeroizing<String>, Reason> {
        let first = || documents.first().map(Vec::as_slice).unwrap_or_default();
        let text = match self {
            Self::Yaml => yaml_write::write(documents, indent)?,
            Self::Json | Self::Binary => json::write(first())?,
            Self::Dotenv => dotenv::write(first())?,
            Self::Ini => ini::write(first())?,
        };
        Ok(Zeroizing::new(text))
    }

    /// An encrypted document: its tree, and what its `sops` block says.
    pub(super) fn read_encrypted(self, bytes: &[u8]) -> Result<(Documents, Branch), Reason> {
        let mut documents = self.read_structure(bytes)?;
        let mut metadata = None;
        for branch in &mut documents {
            let found = match self {
                Self::Dotenv => flat::take_prefixed(branch),
                _ => take_block(branch)?,
            };
            metadata = metadata.or(found);
        }
        let metadata = metadata.ok_or(Reason::NotEncrypted)?;
        let metadata = match self {
            Self::Dotenv => flat::unflatten(&metadata)?,
            Self::Ini => flat::unflatten(&flat::unescape(metadata))?,
            _ => metadata,
        };
        Ok((documents, metadata))
    }

    /// Every document of the file gets the block.
    pub(super) fn write_encrypted(
        self,
        mut documents: Documents,
        metadata: &Branch,
        indent: Indent,
    ) -> Result<Vec<u8>, Reason> {
        for branch in &mut documents {
            match self {
                Self::Dotenv => branch.extend(flat::flatten(metadata, "sops_")),
                Self::Ini => branch.push(Member::Entry(
                    "sops".to_owned(),
                    Node::Branch(flat::escape(flat::flatten(metadata, ""))),
                )),
                _ => branch.push(Member::Entry("sops".to_owned(), Node::Branch(metadata.clone()))),
            }
        }
        Ok(self.write_structure(&documents, indent)?.as_bytes().to_vec())
    }

    /// Whether a document in the clear uses a name that the block needs.
    pub(super) fn has_block(self, documents: &Documents) -> bool {
        documents.iter().flatten().any(|member| match member {
            Member::Entry(key, _) if self == Self::Dotenv => key.starts_with("sops_"),
            Member::Entry(key, _) => key == "sops",
            Member::Comment(_) => false,
        })
    }
}

fn take_block(branch: &mut Branch) -> Result<Option<Branch>, Reason> {
    let is_block = |member: &Member| matches!(member, Member::Entry(key, _) if key == "sops");
    let Some(index) = branch.iter().position(is_block) else {
        return Ok(None);
    };
    let Member::Entry(_, Node::Branch(block)) = branch.remove(index) else {
        return Err(Reason::Metadata("it is no mapping"));
    };
    if branch.iter().any(is_block) {
        return Err(Reason::Metadata("there are two"));
    }
    Ok(Some(block))
}
