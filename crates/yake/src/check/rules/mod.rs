//! What is looked for, a file per concern.

mod extensions;
mod garden;
mod names;
mod networks;
pub(super) mod references;
pub(super) mod schema;
mod secrets;
mod seeds;
mod text;
pub(super) mod units;
mod versions;

use super::world::{Sink, World};
use crate::build::Tree;

/// Every rule on every object.
pub(super) fn all(tree: &Tree, folder: &str, world: &World<'_>, sink: &mut Sink<'_>) {
    text::check(tree, world, sink);
    units::check(world, sink);
    schema::check(world, sink);
    names::check(world, sink);
    secrets::check(tree, folder, world, sink);
    garden::check(world, sink);
    networks::check(world, sink);
    versions::check(world, sink);
    extensions::check(world, sink);
    references::check(world, sink);
    seeds::check(world, sink);
}
