//! Finds secrets in the clear, and secrets that the wrong people can open.

mod credentials;
mod line;

use std::borrow::Cow;
use std::fmt;

use super::cipher::is_encrypted;
use super::error::{Reason, SecretsError};
use super::format::Format;
use super::keys::Recipient;
use super::plain::{Kind, Plain};
use super::recipients::recipients;
use super::tree::{Branch, Comment, Element, Member, Node};

/// What is wrong with a file. Values are never part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the file, as it was given.
    pub file: String,
    /// Line, counted from 1; none for the whole file.
    pub line: Option<usize>,
    /// Keys to the value, with dots; empty for the whole file.
    pub path: String,
    /// What is wrong.
    pub rule: Rule,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// A value of a Kubernetes Secret is not encrypted.
    PlaintextSecret,
    /// A private key stands in the clear.
    PlaintextKey,
    /// A token stands in the clear; whose.
    PlaintextToken(&'static str),
    /// Somebody who must be able to open the file is not among its recipients.
    MissingRecipient(String),
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PlaintextSecret => formatter.write_str("a value of a Secret is not encrypted"),
            Self::PlaintextKey => formatter.write_str("a private key stands in the clear"),
            Self::PlaintextToken(owner) => write!(formatter, "a token of {owner} stands in the clear"),
            Self::MissingRecipient(recipient) => write!(formatter, "it is not encrypted to {recipient}"),
        }
    }
}

/// Looks through a file. Encrypted ones must be encrypted to `expected`, all others must have no secrets.
///
/// # Errors
/// If the file is not of its format.
pub fn lint(
    file: &str,
    format: Format,
    bytes: &[u8],
    expected: &[Recipient],
) -> Result<Vec<Finding>, SecretsError> {
    let mut lint = Lint {
        file,
        format,
        text: String::from_utf8_lossy(bytes),
        document: 0,
        path: Vec::new(),
        findings: Vec::new(),
    };
    match recipients(file, format, bytes) {
        Ok(known) => {
            let missing = expected
                .iter()
                .map(ToString::to_string)
                .filter(|wanted| !known.contains(wanted));
            for recipient in missing {
                lint.find(Rule::MissingRecipient(recipient));
            }
        }
        Err(SecretsError {
            reason: Reason::NotEncrypted,
            ..
        }) => {}
        // What is of no format is looked at as bytes.
        Err(_) if format == Format::Binary => {}
        Err(error) => return Err(error),
    }
    if format == Format::Binary {
        lint.lines(bytes);
        return Ok(lint.findings);
    }
    let documents = format.read(bytes).map_err(|reason| reason.of(file))?;
    for (index, branch) in documents.iter().enumerate() {
        lint.document = index;
        lint.branch(branch, false);
    }
    Ok(lint.findings)
}

/// The line of a value, by its keys with dots between them: for findings of whoever knows more about the file.
pub fn line_of(format: Format, text: &str, document: usize, path: &str) -> Option<usize> {
    let path: Vec<String> = path.split('.').map(str::to_owned).collect();
    line::of(format, text, document, &path)
}

struct Lint<'a> {
    file: &'a str,
    format: Format,
    text: Cow<'a, str>,
    document: usize,
    path: Vec<String>,
    findings: Vec<Finding>,
}

impl Lint<'_> {
    fn find(&mut self, rule: Rule) {
        let line = line::of(self.format, &self.text, self.document, &self.path);
        self.findings.push(Finding {
            file: self.file.to_owned(),
            line: line.filter(|_| !self.path.is_empty()),
            path: self.path.join("."),
            rule,
        });
    }

    /// What has no structure is looked at line by line.
    fn lines(&mut self, bytes: &[u8]) {
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if let Some(rule) = credentials::find(line) {
                self.findings.push(Finding {
                    file: self.file.to_owned(),
                    line: Some(index + 1),
                    path: String::new(),
                    rule,
                });
            }
        }
    }

    fn branch(&mut self, branch: &Branch, in_secret: bool) {
        let secret = is_secret(branch);
        for member in branch {
            let (key, node) = match member {
                Member::Entry(key, node) => (key, node),
                Member::Comment(comment) => {
                    self.comment(comment);
                    continue;
                }
            };
            self.path.push(key.clone());
            let in_secret = in_secret || (secret && (key == "data" || key == "stringData"));
            self.node(node, in_secret);
            self.path.pop();
        }
    }

    /// What was commented out is in the clear all the same.
    fn comment(&mut self, comment: &Comment) {
        if let Some(rule) = credentials::find(comment.text.expose()) {
            let is_it =
                |line: &str| line.contains('#') && credentials::find(line.as_bytes()).as_ref() == Some(&rule);
            let line = self.text.lines().position(is_it).map(|index| index + 1);
            self.findings.push(Finding {
                file: self.file.to_owned(),
                line,
                path: String::new(),
                rule,
            });
        }
    }

    fn node(&mut self, node: &Node, in_secret: bool) {
        match node {
            Node::Leaf(leaf) if in_secret && !leaf.is_empty() && !is_sealed(leaf) => {
                self.find(Rule::PlaintextSecret);
            }
            Node::Leaf(leaf) => {
                if let Some(rule) = credentials::find(leaf.expose()) {
                    self.find(rule);
                }
            }
            Node::Null => {}
            Node::Branch(branch) => self.branch(branch, in_secret),
            Node::List(list) => {
                let mut index = 0;
                for element in list {
                    match element {
                        Element::Comment(comment) => self.comment(comment),
                        Element::Node(node) => {
                            self.path.push(index.to_string());
                            self.node(node, in_secret);
                            self.path.pop();
                            index += 1;
                        }
                    }
                }
            }
        }
    }
}

fn is_secret(branch: &Branch) -> bool {
    let says = |wanted: &str, value: &str| {
        branch.iter().any(|member| match member {
            Member::Entry(key, Node::Leaf(leaf)) => key == wanted && leaf.expose_text() == Some(value),
            _ => false,
        })
    };
    says("kind", "Secret") && says("apiVersion", "v1")
}

fn is_sealed(leaf: &Plain) -> bool {
    leaf.kind() == Kind::Text && leaf.expose_text().is_some_and(is_encrypted)
}
