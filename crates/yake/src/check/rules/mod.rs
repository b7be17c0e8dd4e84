//! What is looked for, a file per concern.

mod names;
pub(super) mod references;
pub(super) mod schema;
mod text;
pub(super) mod units;

use super::world::{Sink, World};
use crate::build::Tree;

/// Every rule on every object.
pub(super) fn all(tree: &Tree, world: &World<'_>, sink: &mut Sink<'_>) {
    text::check(tree, world, sink);
    units::check(world, sink);
    schema::check(world, sink);
    names::check(world, sink);
    references::check(world, sink);
}
