//! The one place where a command writes.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{MultiProgress, ProgressDrawTarget};
use parking_lot::Mutex;
use serde::Serialize;
use terminal_size::{Width, terminal_size};

use super::format::{self, OutputFormat, Render};
use super::progress::Step;
use super::table::Table;

/// Columns of a terminal that does not tell.
const DEFAULT_WIDTH: u16 = 80;

type Writer = Arc<Mutex<dyn Write + Send>>;

/// What is at the other end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sink {
    Terminal,
    Plain,
}

/// Where a command prints: data to one stream, everything else to the other. Clones print to the same.
///
/// A reader that goes away (`… | head`) is no error: what would be written is dropped from then on, and
/// [`Output::is_closed`] tells those who print without end.
#[derive(Clone)]
pub struct Output {
    data: Writer,
    messages: Writer,
    data_sink: Sink,
    progress: Option<MultiProgress>,
    closed: Arc<AtomicBool>,
}

impl Output {
    /// Standard output and standard error of the process.
    pub fn process() -> Self {
        let sink = |is_terminal| if is_terminal { Sink::Terminal } else { Sink::Plain };
        let progress = io::stderr().is_terminal();
        Self {
            data_sink: sink(io::stdout().is_terminal()),
            progress: progress.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr())),
            ..Self::new(io::stdout(), io::stderr())
        }
    }

    /// Any two writers, which are taken for no terminals.
    pub fn new(data: impl Write + Send + 'static, messages: impl Write + Send + 'static) -> Self {
        Self {
            data: Arc::new(Mutex::new(data)),
            messages: Arc::new(Mutex::new(messages)),
            data_sink: Sink::Plain,
            progress: None,
            closed: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Nobody reads the data any more.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Columns that tables fit into; none off a terminal, where nothing is wrapped.
    pub fn width(&self) -> Option<u16> {
        let of_terminal = || terminal_size().map_or(DEFAULT_WIDTH, |(Width(columns), _)| columns);
        (self.data_sink == Sink::Terminal).then(of_terminal)
    }

    /// A result, in the form that the user asked for.
    pub fn render(&self, value: &impl Render, format: OutputFormat) -> io::Result<()> {
        self.write(&format::to_text(value, format, self.width())?)
    }

    /// Any value as a document: YAML if that was asked for, else JSON.
    pub fn document(&self, value: &impl Serialize, format: OutputFormat) -> io::Result<()> {
        let text = match format {
            OutputFormat::Yaml => format::to_yaml(value),
            OutputFormat::Json | OutputFormat::Table | OutputFormat::Wide | OutputFormat::Name => {
                format::to_json(value)
            }
        };
        self.write(&text?)
    }

    /// A table.
    pub fn table(&self, table: &Table) -> io::Result<()> {
        self.write(&table.to_text(self.width()))
    }

    /// A line of data.
    pub fn line(&self, text: &str) -> io::Result<()> {
        self.write(&format!("{text}\n"))
    }

    /// Data as it is.
    pub fn write(&self, text: &str) -> io::Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Data that need not be text.
    pub fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        if self.is_closed() {
            return Ok(());
        }
        let written = self.between_redraws(|| {
            let mut data = self.data.lock();
            data.write_all(bytes).and_then(|()| data.flush())
        });
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed.store(true, Ordering::Relaxed);
                Ok(())
            }
            other => other,
        }
    }

    /// A line to the user that is no data.
    pub fn note(&self, text: &str) {
        // There is nobody left to tell when the standard error output is closed.
        let _ = self.between_redraws(|| writeln!(self.messages.lock(), "{text}"));
    }

    /// A warning.
    pub fn warn(&self, text: &str) {
        self.note(&format!("warning: {text}"));
    }

    /// Whether messages go to a terminal.
    pub(super) fn is_interactive(&self) -> bool {
        self.progress.is_some()
    }

    /// Begins a piece of work that takes a while.
    pub fn step(&self, label: impl Into<String>) -> Step {
        Step::begin(self.clone(), label.into(), self.progress.as_ref())
    }

    pub(super) fn between_redraws<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.progress {
            Some(progress) => progress.suspend(write),
            None => write(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    #[derive(Clone, Default)]
    pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Captured {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().clone()).unwrap()
        }
    }

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_data_goes_to_the_first_stream() {
        let (data, messages) = (Captured::default(), Captured::default());
        let output = Output::new(data.clone(), messages.clone());
        output.line("value").unwrap();
        output.warn("careful");
        assert_eq!(
            (data.text().as_str(), messages.text().as_str()),
            ("value\n", "warning: careful\n")
        );
    }

    #[test]
    fn a_reader_that_went_away_is_no_error_and_can_be_noticed() {
        let output = Output::new(Broken, Broken);
        assert!(!output.is_closed());
        output.line("lost").unwrap();
        output.note("lost as well");
        assert!(output.is_closed());
    }
}
