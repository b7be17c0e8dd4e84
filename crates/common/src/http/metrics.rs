//! Figures of a server.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

const SECONDS: [f64; 9] = [0.000_25, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Class {
    class: &'static str,
}

/// Connections, requests by class of status, and the time until a response begins.
#[derive(Clone, Debug)]
pub struct HttpMetrics {
    connections: Gauge,
    success: Counter<u64, AtomicU64>,
    refused: Counter<u64, AtomicU64>,
    failed: Counter<u64, AtomicU64>,
    seconds: Histogram,
}

impl Default for HttpMetrics {
    /// Figures that are in no registry.
    fn default() -> Self {
        Self {
            connections: Gauge::default(),
            success: Counter::default(),
            refused: Counter::default(),
            failed: Counter::default(),
            seconds: Histogram::new(SECONDS),
        }
    }
}

impl HttpMetrics {
    /// Creates the figures and adds them to `registry`.
    pub fn register(registry: &mut Registry) -> Self {
        let requests = Family::<Class, Counter>::default();
        let metrics = Self {
            success: requests.get_or_create_owned(&Class { class: "success" }),
            refused: requests.get_or_create_owned(&Class { class: "refused" }),
            failed: requests.get_or_create_owned(&Class { class: "failed" }),
            ..Self::default()
        };
        registry.register(
            "http_requests",
            "Requests answered: success below 400, failed from 500",
            requests,
        );
        registry.register(
            "http_connections",
            "Open connections",
            metrics.connections.clone(),
        );
        registry.register(
            "http_request_seconds",
            "Until a response begins",
            metrics.seconds.clone(),
        );
        metrics
    }

    pub(super) fn count_request(&self, status: StatusCode, took: Duration) {
        let counter = match status.as_u16() {
            500.. => &self.failed,
            400.. => &self.refused,
            _ => &self.success,
        };
        counter.inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(super) fn connection(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }
}

/// Counts a connection as open for as long as it exists.
pub(super) struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}
