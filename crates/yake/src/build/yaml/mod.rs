//! YAML in and out. Reading refuses bombs and duplicate keys and tells lines; writing quotes whatever a reader of
//! YAML 1.1 or 1.2 could take for something other than text.

mod error;
mod lines;
mod read;
mod scalar;
mod write;

pub use error::YamlError;
pub use lines::{Lines, lines};
pub use read::{Document, read};
pub(super) use scalar::resolve;
pub use write::write;

#[cfg(test)]
mod tests;
