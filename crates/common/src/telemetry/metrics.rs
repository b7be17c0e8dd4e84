//! The registry of a process's figures.

use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::RwLock;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::process::ProcessCollector;

/// Media type of [`Metrics::encode`].
pub const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is running.
#[derive(Clone, Copy, Debug)]
pub struct BuildInfo {
    /// Name of the program.
    pub program: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Registry of figures; clones share it. Whoever counts something registers it here and keeps the counter.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<RwLock<Registry>>,
}

impl Metrics {
    /// A registry that tells of the process: build, start, memory, processor time, open files.
    pub fn new(build: BuildInfo, started: Timestamp) -> Self {
        let mut registry = Registry::default();
        let labels = vec![("program", build.program), ("version", build.version)];
        registry.register("build", "What is running", Info::new(labels));
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds since 1970 fit a double for ever"
        )]
        let seconds = started.as_second() as f64;
        registry.register(
            "process_start_time_seconds",
            "When it started, in Unix time",
            ConstGauge::new(seconds),
        );
        registry.register_collector(Box::new(ProcessCollector));
        Self {
            registry: Arc::new(RwLock::new(registry)),
        }
    }

    /// Adds figures: `metrics.register(ReconcileMetrics::register)`.
    pub fn register<T>(&self, register: impl FnOnce(&mut Registry) -> T) -> T {
        register(&mut self.registry.write())
    }

    /// All figures as `OpenMetrics` text, which Prometheus reads.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Only a figure that fails to encode itself could fail here, and none of ours does.
        if encode(&mut text, &self.registry.read()).is_err() {
            tracing::error!("cannot encode the figures");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::metrics::counter::Counter;

    #[test]
    fn figures_of_the_process_and_those_registered_later_are_in_the_text() {
        let build = BuildInfo {
            program: "test",
            version: "1.2.3",
        };
        let metrics = Metrics::new(build, Timestamp::from_second(1_700_000_000).unwrap());
        let counter = metrics.register(|registry| {
            let counter: Counter = Counter::default();
            registry.register("things", "Things", counter.clone());
            counter
        });
        counter.inc();
        let text = metrics.encode();
        for line in [
            "build_info{program=\"test\",version=\"1.2.3\"} 1",
            "process_start_time_seconds 1700000000.0",
            "things_total 1",
            "# EOF",
        ] {
            assert!(text.contains(line), "{line} is missing in:\n{text}");
        }
    }

    #[test]
    fn memory_processor_time_and_open_files_are_plausible() {
        let metrics = Metrics::new(
            BuildInfo {
                program: "test",
                version: "0",
            },
            Timestamp::UNIX_EPOCH,
        );
        let text = metrics.encode();
        let value = |name: &str| -> f64 {
            let line = text
                .lines()
                .find(|line| line.starts_with(name))
                .unwrap_or_else(|| panic!("{text}"));
            line.rsplit(' ').next().unwrap().parse().unwrap()
        };
        assert!(value("process_resident_memory_bytes ") > 1e6);
        assert!(value("process_open_fds ") >= 3.0);
        assert!(value("process_cpu_seconds_total ") >= 0.0);
    }
}
