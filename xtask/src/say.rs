//! All that is printed: data on standard output, everything else on standard error.
//!
//! A step that takes a while counts its seconds: on a terminal in one line that is rewritten, elsewhere
//! by a line now and then, so that a log shows that it lives.

use std::fmt::{Display, Write as _};
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A line for the person who watches.
pub(crate) fn line(text: impl Display) {
    // A closed terminal is no reason to stop a lab half-way.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// What was asked for, for people and programs to read.
pub(crate) fn data(text: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// An error with everything that led to it.
pub(crate) fn failure(error: &anyhow::Error) {
    line(format_args!("error: {error:#}"));
}

/// A duration as people say it: `0.4 s`, `12 s`, `3 min 20 s`.
pub(crate) fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..100 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// Rows below a heading, every column as wide as its widest cell.
pub(crate) fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count());
        cells
            .chain(heading.get(column).map(|cell| cell.len()))
            .max()
            .unwrap_or(0)
    };
    let heading = heading.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let mut text = String::new();
    for row in std::iter::once(&heading).chain(rows) {
        let mut cells = String::new();
        for (column, cell) in row.iter().enumerate() {
            let _ = write!(cells, "{cell:<width$}  ", width = width(column));
        }
        text.push_str(cells.trim_end());
        text.push('\n');
    }
    text.trim_end().to_owned()
}

/// A step that is under way; say [`Progress::done`] at its end.
pub(crate) struct Progress {
    what: String,
    since: Instant,
    detail: Arc<Mutex<String>>,
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Announces a step; `expected` is what it took on a quiet machine with two cores.
    pub(crate) fn start(what: impl Into<String>, why: &str, expected: Option<Duration>) -> Self {
        let (what, since, detail) = (what.into(), Instant::now(), Arc::new(Mutex::new(String::new())));
        let hint = expected
            .map(|time| format!(", about {}", spoken(time)))
            .unwrap_or_default();
        line(format_args!("  {what} ({why}{hint})"));
        let (stop, stopped) = mpsc::channel();
        let ticker = Ticker {
            what: what.clone(),
            since,
            expected,
            detail: Arc::clone(&detail),
        };
        let thread = thread::spawn(move || ticker.run(&stopped));
        Self {
            what,
            since,
            detail,
            ticker: Some((stop, thread)),
        }
    }

    /// What the step is doing just now, shown with the elapsed time.
    pub(crate) fn detail(&self, text: impl Into<String>) {
        *self.detail.lock().unwrap_or_else(PoisonError::into_inner) = text.into();
    }

    /// Ends the step and says how long it took.
    pub(crate) fn done(mut self) -> Duration {
        self.stop();
        let took = self.since.elapsed();
        line(format_args!("  {} done in {}", self.what, spoken(took)));
        took
    }

    fn stop(&mut self) {
        if let Some((stop, thread)) = self.ticker.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Ticker {
    what: String,
    since: Instant,
    expected: Option<Duration>,
    detail: Arc<Mutex<String>>,
}

impl Ticker {
    fn run(self, stopped: &mpsc::Receiver<()>) {
        let terminal = io::stderr().is_terminal();
        let pause = Duration::from_secs(if terminal { 1 } else { 30 });
        while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            let text = self.text();
            if terminal {
                let _ = write!(io::stderr().lock(), "\r\x1b[2K{text}");
            } else {
                line(text);
            }
        }
        if terminal {
            let _ = write!(io::stderr().lock(), "\r\x1b[2K");
        }
    }

    fn text(&self) -> String {
        let of = self
            .expected
            .map(|time| format!(" of about {}", spoken(time)))
            .unwrap_or_default();
        let detail = self.detail.lock().unwrap_or_else(PoisonError::into_inner);
        let comma = if detail.is_empty() { "" } else { ", " };
        format!(
            "  {}: {}{of}{comma}{detail}",
            self.what,
            spoken(self.since.elapsed())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(spoken(Duration::from_millis(420)), "0.4 s");
        assert_eq!(spoken(Duration::from_secs(42)), "42 s");
        assert_eq!(spoken(Duration::from_secs(200)), "3 min 20 s");
    }

    #[test]
    fn a_table_aligns_its_columns() {
        let rows = [
            vec!["alasca-1".to_owned(), "up".to_owned()],
            vec!["b".to_owned(), "down".to_owned()],
        ];
        assert_eq!(
            table(&["NAME", "STATE"], &rows),
            "NAME      STATE\nalasca-1  up\nb         down"
        );
    }
}
