//! The components of a unit's graph: remember what will be there, apply stage by stage, see that all is well, remove
//! what is gone from Git, and forget what is gone from the cluster.

mod close;
mod health;
mod part;
mod prune;
mod record;
mod stage;
pub(super) mod store;
mod verdict;
mod wanted;

pub(super) use close::Close;
pub(super) use part::Work;
pub(super) use part::{Application, Observed};
pub use part::{Change, Part};
pub(super) use prune::Prune;
pub(super) use record::Record;
pub use stage::Brought;
pub(super) use stage::Stage;
pub use store::load as stored;
pub(super) use verdict::content;
