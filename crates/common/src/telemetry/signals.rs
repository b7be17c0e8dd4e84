//! SIGINT and SIGTERM as a cancellation.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels `stop` at the first SIGINT or SIGTERM.
pub fn stop_on_signal(stop: &CancellationToken) {
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let stop = stop.clone();
        match signal(kind) {
            Ok(mut signals) => {
                tokio::spawn(async move {
                    if signals.recv().await.is_some() {
                        tracing::info!(signal = kind.as_raw_value(), "stopping");
                        stop.cancel();
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "cannot listen to a signal"),
        }
    }
}
