//! What people write: files in the repository of a landscape, a file per kind. No behaviour but conversion.

mod versions;

pub use versions::{ExtensionVersion, Versions};
