//! The one place where a command writes.

use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{MultiProgress, ProgressDrawTarget};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
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

/// Where answers are read from.
pub type Input<'a> = &'a mut dyn BufRead;

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
        if self.is_closed() {
            return Ok(());
        }
        let written = self.between_redraws(|| {
            let mut data = self.data.lock();
            data.write_all(text.as_bytes()).and_then(|()| data.flush())
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

    /// An error with everything it knows: causes, help, and the place in its source.
    pub fn diagnostic(&self, diagnostic: &dyn Diagnostic) {
        let mut text = String::new();
        let theme = if self.progress.is_some() {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::none()
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_cause_chain()
            .with_links(false);
        match handler.render_report(&mut text, diagnostic) {
            Ok(()) => self.note(text.trim_end()),
            Err(_) => self.note(&format!("error: {diagnostic}")),
        }
    }

    /// An error and its causes, on one line.
    pub fn error(&self, error: &dyn std::error::Error) {
        let mut text = format!("error: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        self.note(&text);
    }

    /// Asks a question and reads one line, without its end, from `input`.
    pub fn ask(&self, question: &str, input: Input<'_>) -> io::Result<String> {
        self.between_redraws(|| {
            let mut messages = self.messages.lock();
            write!(messages, "{question}")?;
            messages.flush()?;
            let mut line = String::new();
            input.read_line(&mut line)?;
            Ok(line.trim_end_matches(['\r', '\n']).to_owned())
        })
    }

    /// Begins a piece of work that takes a while.
    pub fn step(&self, label: impl Into<String>) -> Step {
        Step::begin(self.clone(), label.into(), self.progress.as_ref())
    }

    fn between_redraws<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.progress {
            Some(progress) => progress.suspend(write),
            None => write(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use miette::{NamedSource, SourceSpan};

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
        assert_eq!(output.ask("name? ", &mut "me\r\n".as_bytes()).unwrap(), "me");
        assert_eq!(
            (data.text().as_str(), messages.text().as_str()),
            ("value\n", "warning: careful\nname? ")
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

    #[derive(Debug, thiserror::Error, Diagnostic)]
    #[error("the size is not a number")]
    #[diagnostic(help("write a number"))]
    struct Wrong {
        #[source_code]
        source_code: NamedSource<String>,
        #[label("here")]
        span: SourceSpan,
    }

    #[test]
    fn a_diagnostic_shows_the_place_and_the_help_without_colours() {
        let messages = Captured::default();
        let source_code = NamedSource::new("a.yaml", "size: big\n".to_owned());
        Output::new(io::sink(), messages.clone()).diagnostic(&Wrong {
            source_code,
            span: (6, 3).into(),
        });
        let text = messages.text();
        for part in [
            "the size is not a number",
            "a.yaml:1:7",
            "size: big",
            "here",
            "write a number",
        ] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
        assert!(!text.contains('\u{1b}'));
    }
}
