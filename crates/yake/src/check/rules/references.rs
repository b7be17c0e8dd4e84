//! Objects that others name.

use super::super::world::{Reference, Sink, World};

/// References to what is neither in Git nor known of a cluster.
pub(in crate::check) fn unresolved(world: &World<'_>) -> Vec<Reference> {
    let _ = world;
    Vec::new()
}

pub(super) fn check(_: &World<'_>, _: &mut Sink<'_>) {}
