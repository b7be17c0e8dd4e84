//! Keeps a controller running: one that ends or panics is started again after a pause that grows.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A run of this length counts as healthy: the next pause is short again.
const HEALTHY: Duration = Duration::from_mins(1);
/// Time that a controller has to end when it is told to.
const GRACE: Duration = Duration::from_secs(10);

/// How often controllers were started again.
#[derive(Debug, Clone, Default)]
pub(super) struct Restarts {
    family: Family<ControllerLabel, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ControllerLabel {
    controller: &'static str,
}

impl Restarts {
    /// Creates the figure and adds it to `registry`.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let restarts = Self::default();
        registry.register(
            "controller_restarts",
            "Controllers that ended or panicked and were started again",
            restarts.family.clone(),
        );
        restarts
    }

    fn count(&self, controller: &'static str) {
        self.family.get_or_create(&ControllerLabel { controller }).inc();
    }
}

/// Why a controller does not run at the moment: it ended, and is started again after a pause.
#[derive(Debug, Clone, Default)]
pub(super) struct Absence {
    why: Arc<Mutex<Option<&'static str>>>,
}

impl Absence {
    /// Whether the controller runs.
    pub(super) fn check(&self) -> Result<(), String> {
        self.why.lock().map_or(Ok(()), |why| Err(why.to_owned()))
    }
}

/// Runs what `start` makes until `stop`, again and again if need be.
pub(super) async fn supervise<F>(
    controller: &'static str,
    start: impl Fn() -> F,
    restarts: Restarts,
    absence: Absence,
    stop: CancellationToken,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        *absence.why.lock() = None;
        let mut task = tokio::spawn(start());
        let ended = tokio::select! {
            ended = &mut task => ended,
            () = stop.cancelled() => return end(controller, task).await,
        };
        if stop.is_cancelled() {
            return;
        }
        restarts.count(controller);
        *absence.why.lock() = Some("has ended and will be started again");
        if began.elapsed() >= HEALTHY {
            pause = FIRST_PAUSE;
        }
        let pause_ms = pause.as_millis();
        match ended {
            Ok(()) => tracing::error!(
                controller,
                pause_ms,
                "controller ended by itself, starting it again"
            ),
            Err(error) => {
                tracing::error!(controller, pause_ms, %error, "controller panicked, starting it again");
            }
        }
        if stop.run_until_cancelled(sleep(pause)).await.is_none() {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn end(controller: &'static str, mut task: tokio::task::JoinHandle<()>) {
    if tokio::time::timeout(GRACE, &mut task).await.is_err() {
        tracing::warn!(controller, "controller did not end in time");
        task.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_controller_that_panics_or_ends_is_started_again_until_the_stop() {
        let runs = Arc::new(AtomicUsize::new(0));
        let stop = CancellationToken::new();
        let (counted, token) = (runs.clone(), stop.clone());
        let start = move || {
            let (run, token) = (counted.fetch_add(1, Ordering::SeqCst), token.clone());
            async move {
                match run {
                    0 => panic!("as a test"),
                    1 => {}
                    _ => {
                        token.cancel();
                        token.cancelled().await;
                    }
                }
            }
        };
        let (restarts, absence) = (Restarts::default(), Absence::default());
        let supervised = tokio::spawn(supervise("test", start, restarts.clone(), absence.clone(), stop));
        while absence.check().is_ok() {
            tokio::task::yield_now().await;
        }
        supervised.await.unwrap();
        assert_eq!(absence.check(), Ok(()));
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        assert_eq!(
            restarts
                .family
                .get_or_create(&ControllerLabel { controller: "test" })
                .get(),
            2
        );
    }
}
