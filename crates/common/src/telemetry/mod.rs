//! What a process tells about itself: log events and figures; and what the system tells it: signals.
//!
//! Nothing here is global but the subscriber that tracing itself wants to be global: the registry of
//! figures is a value that is passed to whoever counts something.

mod logging;
mod metrics;
mod process;
mod signals;

pub use logging::{LogFormat, TelemetryError, init_tracing};
pub use metrics::{BuildInfo, METRICS_CONTENT_TYPE, Metrics};
pub use signals::stop_on_signal;
