//! Configuration from a file, the environment and flags, in that order: what comes later wins.
//!
//! The target is a plain struct with `serde` and `schemars` derives. Its schema is the single source: what
//! keys there are, how the text of a variable is read, what the reference page says. Guarantees:
//!
//! - unknown keys are errors, with file, line, column and the key that was probably meant;
//! - all errors are reported at once, not one per attempt;
//! - keys may be written with `-` or `_`;
//! - every value knows its origin ([`Loaded::settings`]), secrets are not shown.
//!
//! Nothing here reads files or the environment: `main` does, and passes text and variables in. Lists and maps
//! with free keys are replaced as a whole by later layers, never merged.
//!
//! What a schema cannot tell apart (untagged unions) is left to serde and has no position in its error.

mod check;
mod document;
mod error;
mod layers;
mod reference;
mod setting;
mod shape;

pub use error::{ConfigError, ConfigErrors, did_you_mean};
pub use layers::{Layers, Loaded};
pub use reference::{reference_page, schema};
pub use setting::{Origin, Setting};

#[cfg(test)]
mod tests;
