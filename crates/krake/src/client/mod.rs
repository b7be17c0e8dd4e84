//! Client of the API: the only way in which controllers and the command line touch Krake's state.
//!
//! Flow: a [`Client`] speaks either HTTP or directly to the router of a server in the same process, with the
//! same requests, so that a part behaves alike in one process and as a process of its own. A [`Cache`] keeps
//! a kind in memory by list and watch and tells its subscribers of every change.
//!
//! Guarantees: a watch that ends or cannot be resumed is followed by a new list, and what vanished meanwhile
//! is reported as deleted. A write that carries the `resourceVersion` of its copy succeeds only on that copy.

mod cache;
mod caches;
mod error;
mod request;
mod transport;
mod watch;

pub use cache::{Cache, Change, ObjectKey};
pub use caches::Caches;
pub use error::{Error, Problem};
pub use request::{Client, DeleteOptions, EventLog, Force, ListOptions, Namespaces};
pub use transport::{ConnectError, TlsMaterial};
