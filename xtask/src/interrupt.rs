//! Ctrl-C and its kin: the first one asks to clean up and end, the second one ends at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Exit code of a process that a signal ended, by the shells' custom.
const ENDED_BY_SIGNAL: i32 = 130;

/// Notes signals from now on instead of dying of them.
pub(crate) fn watch() -> Result<()> {
    let requested = REQUESTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        flag::register_conditional_shutdown(signal, ENDED_BY_SIGNAL, Arc::clone(requested))
            .and_then(|_| flag::register(signal, Arc::clone(requested)))
            .context("cannot watch for signals")?;
    }
    Ok(())
}

/// Whether somebody wants this process to end.
pub(crate) fn is_requested() -> bool {
    REQUESTED
        .get()
        .is_some_and(|requested| requested.load(Ordering::SeqCst))
}

/// An error once somebody wants this process to end; asked between the parts of anything long.
pub(crate) fn check() -> Result<()> {
    if is_requested() {
        bail!("interrupted");
    }
    Ok(())
}
