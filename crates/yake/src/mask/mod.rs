//! What may be shown of an object that holds secrets: everything but the values of its secret fields, see
//! [`SecretFields`](crate::build::SecretFields). For outputs, diffs, events and messages; pure.
//!
//! Whoever shows an object, or what a server said about one, asks here if `Object::is_secret` says so.

mod failure;
mod values;

pub use failure::failure;
pub use values::{MASKED, json, pair, value};
