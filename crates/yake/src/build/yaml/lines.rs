//! On which line each field of a text stands. Read a second time, and only for files of which something is to be
//! said, so that a build does not pay for it.

use std::collections::BTreeMap;

use granit_parser::{Event, Options, Parser, ScalarStyle};

/// How deep lists and objects may lie in each other, as for the reader of values.
const DEPTH: usize = 128;

/// A value of a document, by where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Line, counted from 1: of the key where it is a member, else of the value.
    pub line: usize,
    /// The text of a scalar without quotes.
    pub plain: Option<String>,
    /// Members by name.
    pub members: BTreeMap<String, Lines>,
    /// Entries of a list.
    pub entries: Vec<Lines>,
}

/// The documents of a text, as far as it can be read.
pub fn lines(text: &str) -> Vec<Lines> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(text, options),
    };
    let mut found = Vec::new();
    while let Some((event, _)) = reader.next() {
        if matches!(event, Event::DocumentStart(..)) {
            let Some((event, line)) = reader.next() else { break };
            let Some(document) = reader.value(event, line, 0) else {
                break;
            };
            found.push(document);
        }
    }
    found
}

struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<(Event<'a>, usize)> {
        let (event, span) = self.parser.next_event()?.ok()?;
        (!matches!(event, Event::StreamEnd)).then(|| (event, span.start.line()))
    }

    fn value(&mut self, event: Event<'a>, line: usize, depth: usize) -> Option<Lines> {
        if depth > DEPTH {
            return None;
        }
        let mut value = Lines {
            line,
            ..Lines::default()
        };
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => value.plain = Some(text.into_owned()),
            Event::SequenceStart(..) => self.entries(&mut value.entries, depth)?,
            Event::MappingStart(..) => self.members(&mut value.members, depth)?,
            _ => {}
        }
        Some(value)
    }

    fn entries(&mut self, entries: &mut Vec<Lines>, depth: usize) -> Option<()> {
        loop {
            let (event, line) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Some(());
            }
            entries.push(self.value(event, line, depth + 1)?);
        }
    }

    fn members(&mut self, members: &mut BTreeMap<String, Lines>, depth: usize) -> Option<()> {
        loop {
            let (event, line) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Some(());
            }
            let key = match &event {
                Event::Scalar(text, ..) => Some(text.clone().into_owned()),
                _ => None,
            };
            self.value(event, line, depth + 1)?;
            let (event, at) = self.next()?;
            let value = self.value(event, at, depth + 1)?;
            if let Some(key) = key {
                members.insert(key, Lines { line, ..value });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_knows_its_line_in_every_document() {
        let documents =
            lines("\u{feff}a: 1\r\nb:\r\n- x: on\r\n- 'off'\r\n---\r\n# nothing\r\nc: {d: ~}\r\n");
        let [first, second] = documents.as_slice() else {
            panic!("{documents:?}");
        };
        assert_eq!(first.members["a"].line, 1);
        assert_eq!(first.members["b"].entries[0].members["x"].line, 3);
        assert_eq!(
            first.members["b"].entries[0].members["x"].plain.as_deref(),
            Some("on")
        );
        assert_eq!(first.members["b"].entries[1].plain, None);
        assert_eq!((second.line, second.members["c"].members["d"].line), (7, 7));
    }

    #[test]
    fn what_comes_before_an_error_is_still_found() {
        assert_eq!(lines("a: 1\n---\nb: [\n").len(), 1);
        assert!(lines(&"[".repeat(10_000)).is_empty());
    }
}
