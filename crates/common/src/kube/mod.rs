//! Kubernetes API servers as a tool sees them: a connection from a kubeconfig, objects as JSON values that are
//! applied, read, watched, judged and removed. Knows every kind through discovery and none by type; keeps no
//! retries (they live in the caller's queue) and reads neither environment nor files.

mod adoption;
mod apply;
mod call;
mod connection;
mod discovery;
mod error;
mod exact;
pub mod health;
mod identity;
mod inventory;
mod kubeconfig;
mod lists;
mod objects;
mod openapi;
mod ownership;
mod path;
mod pool;
mod readiness;
mod refusal;
mod standing;
mod status;
mod watch;

pub use adoption::{Predecessors, has_predecessors, is_applied_by};
pub use apply::{Applied, ApplyOptions, Commit, Conflicts, Outcome, Previous};
pub use connection::{Connection, Timeouts, Version};
pub use discovery::{Resource, Scope};
pub use error::{Cause, Class, Error, Failure, FieldOwner, Subject};
pub use identity::ObjectId;
pub use inventory::difference;
pub use objects::{Deleted, Propagation};
pub use ownership::Fields;
pub use pool::ConnectionPool;
pub use readiness::Readiness;
pub use standing::stands;
pub use watch::{Change, Event, Target, WatchSet};
