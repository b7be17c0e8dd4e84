//! `/livez`, `/readyz` and `/metrics`: what an orchestrator asks of every server.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use parking_lot::RwLock;

use super::problem::Problem;
use crate::telemetry::{METRICS_CONTENT_TYPE, Metrics};

type Check = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Registry of what has to hold before a server is ready. Clones share it.
#[derive(Clone, Default)]
pub struct Health {
    checks: Arc<RwLock<Vec<(String, Check)>>>,
}

impl Health {
    /// Adds a check. It is called for every question, so it looks at a flag and does no IO.
    pub fn add(&self, name: &str, check: impl Fn() -> Result<(), String> + Send + Sync + 'static) {
        self.checks.write().push((name.to_owned(), Box::new(check)));
    }

    /// Whether all checks hold, and a line for each of them.
    pub fn report(&self) -> (bool, String) {
        let (mut is_ready, mut text) = (true, String::new());
        for (name, check) in self.checks.read().iter() {
            // Writing to a string cannot fail.
            let _ = match check() {
                Ok(()) => writeln!(text, "[+] {name}: ok"),
                Err(reason) => {
                    is_ready = false;
                    writeln!(text, "[-] {name}: {reason}")
                }
            };
        }
        (is_ready, text)
    }

    fn answer(&self) -> Response {
        let (is_ready, text) = self.report();
        let status = if is_ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        (
            status,
            format!("{text}{}\n", if is_ready { "ready" } else { "not ready" }),
        )
            .into_response()
    }
}

/// The routes `/livez` (the process answers), `/readyz` (all checks hold) and `/metrics` (`OpenMetrics` text).
pub fn operations<S: Clone + Send + Sync + 'static>(health: Health, metrics: Metrics) -> Router<S> {
    Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(async move || health.answer()))
        .route(
            "/metrics",
            get(async move || ([(header::CONTENT_TYPE, METRICS_CONTENT_TYPE)], metrics.encode())),
        )
        .method_not_allowed_fallback(async || Problem::new(StatusCode::METHOD_NOT_ALLOWED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn one_failed_check_makes_a_server_unready_and_names_the_reason() {
        let (health, is_open) = (Health::default(), Arc::new(AtomicBool::new(false)));
        assert!(health.report().0, "nothing to wait for");
        let flag = Arc::clone(&is_open);
        health.add("cache", || Ok(()));
        health.add("store", move || {
            if flag.load(Ordering::Relaxed) {
                Ok(())
            } else {
                Err("is being opened".to_owned())
            }
        });
        assert_eq!(
            health.report(),
            (false, "[+] cache: ok\n[-] store: is being opened\n".to_owned())
        );
        is_open.store(true, Ordering::Relaxed);
        assert!(health.report().0);
    }
}
