//! The nouns of Krake: fourteen kinds in four groups, with their JSON shapes exactly as the original's
//! clients know them. No clients, no runtime, no clock.
//!
//! Shapes: nullable fields are written as `null`, never left out (clients rely on it); unknown fields are
//! dropped; [`Metadata::resource_version`] is ours and absent unless the server filled it in.

mod application;
mod cloud;
mod cluster;
mod constraint;
pub mod decode;
mod event;
mod infrastructure;
mod kind;
mod kubeconfig;
mod metadata;
mod metric;
pub mod observer_schema;
mod openstack;
mod rbac;
mod reason;
mod scheduling;
mod secret;
mod time;
mod violation;

pub use application::*;
pub use cloud::*;
pub use cluster::*;
pub use constraint::*;
pub use event::*;
pub use infrastructure::*;
pub use kind::*;
pub use metadata::*;
pub use metric::*;
pub use openstack::*;
pub use rbac::*;
pub use reason::*;
pub use scheduling::*;
pub use secret::*;
pub use time::*;
pub use violation::*;
