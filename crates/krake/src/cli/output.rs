//! What commands print, in every form that `-o` names.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use clap::ValueEnum;
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::Value;

use super::table::{self, Shown, Width, date, wire_name};
use crate::api::{Event, Kind};

/// Form of the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// A table.
    #[default]
    Table,
    /// A table with more columns.
    Wide,
    /// JSON with sorted members.
    Json,
    /// YAML with sorted members.
    Yaml,
    /// Kind and name, a line each.
    Name,
}

/// Where commands print: data to one writer, progress and errors to the other.
#[derive(Clone)]
pub struct Output {
    data: Writer,
    messages: Writer,
}

type Writer = Arc<Mutex<dyn Write + Send>>;

impl Output {
    /// Prints to these writers, which are standard output and standard error of the process.
    pub fn new(data: impl Write + Send + 'static, messages: impl Write + Send + 'static) -> Self {
        Self {
            data: Arc::new(Mutex::new(data)),
            messages: Arc::new(Mutex::new(messages)),
        }
    }

    /// One object.
    pub fn object<K: Shown>(&self, object: &K, format: OutputFormat) -> io::Result<()> {
        match format {
            OutputFormat::Table | OutputFormat::Wide => self.table(&[], &table::details(object)),
            OutputFormat::Json | OutputFormat::Yaml => self.document(object, format),
            OutputFormat::Name => self.line(&name_of(object)),
        }
    }

    /// A list of objects.
    pub fn list<K: Shown>(&self, objects: &[K], format: OutputFormat) -> io::Result<()> {
        let in_width = |width| {
            let (titles, rows) = table::list(objects, width);
            self.table(&titles, &rows)
        };
        match format {
            OutputFormat::Table => in_width(Width::Normal),
            OutputFormat::Wide => in_width(Width::Wide),
            OutputFormat::Json | OutputFormat::Yaml => self.document(&objects, format),
            OutputFormat::Name => objects.iter().try_for_each(|object| self.line(&name_of(object))),
        }
    }

    /// Events of an object.
    pub fn events(&self, events: &[Event], format: OutputFormat) -> io::Result<()> {
        let row = |event: &Event| {
            vec![
                date(Some(event.last)),
                wire_name(event.event_type),
                event.reason.clone(),
                event.source.clone(),
                event.count.to_string(),
                event.message.clone(),
            ]
        };
        match format {
            OutputFormat::Table | OutputFormat::Wide => {
                let titles = ["last", "type", "reason", "source", "count", "message"];
                self.table(&titles, &events.iter().map(row).collect::<Vec<_>>())
            }
            OutputFormat::Json | OutputFormat::Yaml => self.document(&events, format),
            OutputFormat::Name => events.iter().try_for_each(|event| self.line(&event.reason)),
        }
    }

    /// Any value as JSON or YAML.
    pub fn document(&self, value: &impl Serialize, format: OutputFormat) -> io::Result<()> {
        let value = sorted(serde_json::to_value(value)?);
        match format {
            OutputFormat::Yaml => {
                let text = serde_saphyr::to_string(&value).map_err(io::Error::other)?;
                self.line(text.trim_end())
            }
            OutputFormat::Json | OutputFormat::Table | OutputFormat::Wide | OutputFormat::Name => {
                self.line(&serde_json::to_string_pretty(&value)?)
            }
        }
    }

    /// A table; rows may hold cells of several lines.
    pub fn table(&self, titles: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        let heading: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
        let rows: Vec<&Vec<String>> = (!heading.is_empty())
            .then_some(&heading)
            .into_iter()
            .chain(rows)
            .collect();
        let columns = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|index| {
                let cells = rows.iter().filter_map(|row| row.get(index));
                cells
                    .flat_map(|cell| cell.lines())
                    .map(|line| line.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for row in rows {
            let height = row.iter().map(|cell| cell.lines().count()).max().unwrap_or(0);
            for line in 0..height {
                let cells = row.iter().zip(&widths).map(|(cell, width)| {
                    format!(
                        "{:width$}",
                        cell.lines().nth(line).unwrap_or_default(),
                        width = *width
                    )
                });
                self.line(cells.collect::<Vec<_>>().join("  ").trim_end())?;
            }
        }
        Ok(())
    }

    /// A line of data.
    pub fn line(&self, text: &str) -> io::Result<()> {
        let mut data = self.data.lock();
        writeln!(data, "{text}")?;
        data.flush()
    }

    /// A line of progress.
    pub fn note(&self, text: &str) {
        // There is nobody left to tell when standard error is closed.
        let _ = writeln!(self.messages.lock(), "{text}");
    }

    /// A warning.
    pub fn warn(&self, text: &str) {
        self.note(&format!("warning: {text}"));
    }

    /// Asks for a password; without a terminal, reads a line of standard input.
    pub fn password(&self, prompt: &str) -> io::Result<String> {
        if io::stdin().is_terminal() {
            let mut messages = self.messages.lock();
            write!(messages, "{prompt}")?;
            messages.flush()?;
        }
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// `application/echo`.
fn name_of<K: Kind>(object: &K) -> String {
    format!("{}/{}", K::KIND.to_lowercase(), object.metadata().name)
}

/// Members in the order of their names, as the original prints them.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            members.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        plain => plain,
    }
}
