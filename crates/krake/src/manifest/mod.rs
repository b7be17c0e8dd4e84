//! What is wanted of an application's objects and what is there: observer schemas, the desired and the
//! observed manifest, and the difference between the two. Pure values; who reads and writes clusters is
//! elsewhere.
//!
//! An observer schema is a tree like the object it describes; a `null` leaf marks an observed member, and
//! each list ends with the bounds of its length. Only observed members are kept as they are wanted;
//! everything else on a cluster belongs to others.

mod delta;
mod desired;
mod identity;
mod observed;
mod schema;
mod secret;
#[cfg(test)]
mod tests;

pub use delta::*;
pub use desired::*;
pub use identity::*;
pub use observed::*;
pub use schema::*;
pub use secret::*;
