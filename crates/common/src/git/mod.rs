//! Git: mirrors of repositories that are reached over HTTP, SSH or a folder of this machine.
//!
//! A [`Mirror`] is a bare repository in a folder. [`Mirror::fetch`] brings what a [`Reference`] of a [`Remote`] leads
//! to, with its history, and says which [`Revision`] that is; [`Mirror::last`] says it again without the remote.
//! Objects, history and blame are libgit2's. The conversation with servers is our own (`wire`), since libgit2 takes
//! other transports than its own only through functions that are unsafe: docs/src/adr/0005-own-git-transport.md.
//!
//! Guarantees: a fetch has a time limit and bounds on all that it takes; one that fails or is killed leaves the
//! mirror as it was; credentials stay in memory, go to no other host, and are in no error and no log. Nothing is
//! pushed, checked out or merged here.

mod address;
mod checkout;
mod complete;
mod contents;
mod credentials;
mod error;
mod fetch;
mod file;
mod http;
mod known_hosts;
mod memory;
mod mirror;
mod pack;
mod range;
mod reference;
mod ssh;
mod store;
mod wire;

#[cfg(test)]
mod tests;

pub use address::{Address, AddressError};
pub use checkout::{Checkout, Files};
pub use contents::{Authorship, Content, FileEntry, Mode, ReadLimits};
pub use credentials::{Credentials, CredentialsError};
pub use error::{Class, Error};
pub use mirror::{Mirror, Remote};
pub use pack::{FetchLimits, PackError};
pub use range::{Range, RangeError};
pub use reference::{Commit, CommitError, Reference, ReferenceError, Revision, Wish};
