//! Encrypted files in the format of sops, with age: bytes in, bytes out.
//!
//! Keys of mappings stay readable, values are encrypted one by one, and a MAC covers all of them, so that
//! files can be reviewed and merged in Git. Files are interchangeable with those of the real sops, in both
//! directions. It serves recipients of the X25519 kind of age; recipients of other kinds are kept where a
//! file is edited, and named in errors where they would be needed.
//!
//! Nothing here reads a file, a clock or the environment. Values in the clear live in [`Plain`] and
//! [`PlainDocument`], which show nothing and are zeroed when dropped; errors name file, key and reason.

mod cipher;
mod creation;
mod document;
mod error;
mod format;
mod keys;
mod lint;
mod mac;
mod metadata;
mod plain;
mod recipients;
mod selection;
#[cfg(test)]
mod tests;
mod tree;

pub use cipher::{Randomness, SystemRandomness};
pub use creation::CreationRules;
pub use document::{Opened, Policy, decrypt, encrypt};
pub use error::{Reason, SecretsError};
pub use format::{Format, Indent};
pub use keys::{Identities, Recipient};
pub use lint::{Finding, Rule, line_of, lint};
pub use mac::Coverage;
pub use plain::{Kind, Plain, PlainDocument};
pub use recipients::{Change, give, recipients};
pub use selection::Selection;
pub use tree::{Branch, Comment, Documents, Element, Member, Node};
