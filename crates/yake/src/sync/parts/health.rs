//! All objects of a unit are well.

use common::graph::Readiness;

use super::super::session::Session;
use super::stage::well;

/// The part that waits.
#[derive(Debug)]
pub(in crate::sync) struct AllWell;

impl AllWell {
    /// Judges what the stages saw.
    pub(super) fn observe(session: &Session<'_>) -> Readiness {
        let known = session.known.lock();
        let mut objects: Vec<_> = known.wanted.iter().collect();
        objects.sort_by(|left, right| left.0.cmp(right.0));
        well(objects.into_iter().map(|(id, object)| (id, object.as_ref())))
    }
}
