//! Brings a unit's objects to its cluster and keeps them so: applies stage by stage after a dry run of everything,
//! removes what is gone from Git unless something speaks against it, and forgets nothing.
//!
//! A unit is a graph of parts ([`common::graph`]); [`mod@pass`] is one pass over it. What is remembered between passes is
//! an [inventory] in the runtime cluster, nothing else.

mod desired;
mod difference;
mod error;
mod health;
pub mod inventory;
mod landscape;
mod live;
mod manifest;
mod order;
mod parts;
mod pass;
mod policy;
mod secret;
mod session;
mod status;
mod unit;
mod variables;

pub use desired::{Desired, DesiredError, DesiredUnit, Sources, desired, within};
pub use difference::{Action, MemberDifference, ObjectDifference};
pub use error::SyncError;
pub use landscape::{Occasion, Round, UnitDifference};
pub use manifest::{Manifest, ManifestError, manifests};
pub use order::{StageNumber, sort, stages};
pub use parts::stored;
pub use parts::{Brought, Change, Part};
pub use pass::{graph, pass};
pub use policy::{ApplyPolicy, Policy};
pub use secret::{data_of, garden, secret_of};
pub use session::{Claims, Clusters, Session};
pub use status::{Reason, UnitStatus};
pub use unit::{Emptiness, Owner, Pruning, Unit, Waiting};
pub use variables::{VariablesError, variables};
