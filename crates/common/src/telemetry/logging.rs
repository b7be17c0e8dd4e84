//! Log events: to the standard error output, as text for people or JSON for machines.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

/// How log events are written.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line of text per event, coloured on a terminal.
    #[default]
    Pretty,
    /// A JSON object per line.
    Json,
}

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not understood.
    #[error("the log filter {filter:?} is not understood")]
    Filter {
        /// What was given.
        filter: String,
        /// What the parser says.
        source: tracing_subscriber::filter::ParseError,
    },
    /// There is a subscriber already.
    #[error("logging has been started before")]
    Started(#[source] tracing_subscriber::util::TryInitError),
}

/// Starts logging to the standard error output, once per process.
///
/// `filter` is a level (`info`) or targets with levels (`warn,hyper=debug`), as tracing's filters go.
pub fn init_tracing(filter: &str, format: LogFormat) -> Result<(), TelemetryError> {
    subscriber(filter, format, io::stderr, io::stderr().is_terminal())?
        .try_init()
        .map_err(TelemetryError::Started)
}

type Dispatch = Box<dyn tracing::Subscriber + Send + Sync>;

fn subscriber<W>(filter: &str, format: LogFormat, writer: W, colour: bool) -> Result<Dispatch, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let parsed = EnvFilter::builder().parse(filter);
    let parsed = parsed.map_err(|source| TelemetryError::Filter {
        filter: filter.to_owned(),
        source,
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_writer(writer)
        .with_ansi(colour);
    Ok(match format {
        LogFormat::Pretty => Box::new(builder.compact().finish()),
        LogFormat::Json => Box::new(
            builder
                .json()
                .flatten_event(true)
                .with_current_span(true)
                .finish(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(filter: &str, format: LogFormat) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber = subscriber(filter, format, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(cluster = "a", "applied");
            tracing::debug!("details");
        });
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_has_a_constant_message_and_fields() {
        let text = logged("info", LogFormat::Json);
        let event: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!(
            (&event["message"], &event["cluster"]),
            (&"applied".into(), &"a".into())
        );
    }

    #[test]
    fn the_filter_decides_what_is_logged() {
        assert_eq!(logged("debug", LogFormat::Pretty).lines().count(), 2);
        assert_eq!(logged("off", LogFormat::Pretty), "");
    }

    #[test]
    fn a_filter_that_is_not_understood_is_an_error() {
        let error = init_tracing("a=b=c", LogFormat::Pretty).unwrap_err();
        assert_eq!(error.to_string(), "the log filter \"a=b=c\" is not understood");
    }
}
