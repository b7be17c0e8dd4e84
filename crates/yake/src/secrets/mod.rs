//! Secrets of a repository as a whole: what stands in the clear, and what the wrong people can open. Pure; the format
//! of files is `common::secrets`, and what the build makes of encrypted files is `yake::build`.

mod generators;
mod lint;
mod rules;

pub use lint::{Found, lint};
pub use rules::{RULES_FILE, RulesError};
