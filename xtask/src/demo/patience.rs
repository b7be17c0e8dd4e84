//! Waiting in a story: with a deadline, and only as long as nobody wants the demo to end.

use std::time::Duration;

use anyhow::Result;

use crate::{interrupt, wait};

/// What takes longer than this will not come.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// Waits for a condition, unless somebody wants the demo to end.
pub(super) fn until(what: &str, limit: Duration, mut condition: impl FnMut() -> Result<bool>) -> Result<()> {
    wait::until(what, limit, || {
        interrupt::check()?;
        condition()
    })
}
