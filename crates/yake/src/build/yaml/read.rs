//! Text to values, document by document.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle};

use super::super::value::{Map, Value};
use super::error::YamlError;
use super::scalar::resolve;

/// Values that aliases may make of one file: an honest file stays far below.
const NODES: usize = 2_000_000;
/// How deep lists and objects may lie in each other.
const DEPTH: usize = 128;

/// A document of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it holds.
    pub value: Value,
    /// Where it begins, counted from 1.
    pub line: usize,
}

/// Reads all documents of a text; those that hold nothing are left out.
pub fn read(text: &str) -> Result<Vec<Document>, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut reader = Reader {
        open_end: (!text.ends_with('\n')).then(|| text.chars().count()),
        parser: Parser::new_from_str_with_options(text, options),
        anchors: HashMap::new(),
        nodes: 0,
        depth: 0,
    };
    reader.documents()
}

/// An anchored value, and of how many values it is made.
struct Anchored {
    value: Value,
    nodes: usize,
}

struct Reader<'a> {
    /// Where the text ends, if it ends without a line break.
    open_end: Option<usize>,
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    depth: usize,
}

type Located<'a> = (Event<'a>, usize);

impl<'a> Reader<'a> {
    fn documents(&mut self) -> Result<Vec<Document>, YamlError> {
        let mut found = Vec::new();
        loop {
            let (event, _) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(found),
                Event::DocumentStart(..) => {
                    let (event, line) = self.next()?;
                    let value = self.value(event, line)?;
                    if !matches!(value, Value::Null) {
                        found.push(Document { value, line });
                    }
                    self.anchors.clear();
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<Located<'a>, YamlError> {
        match self.parser.next_event() {
            Some(Ok((Event::Scalar(text, style, anchor, tag), span))) => {
                let text = match (style, self.open_end) {
                    (ScalarStyle::Literal | ScalarStyle::Folded, Some(end)) if span.end.index() >= end => {
                        without_last_break(text)
                    }
                    _ => text,
                };
                Ok((Event::Scalar(text, style, anchor, tag), span.start.line()))
            }
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => Err(YamlError::new(error.marker().line(), error.info())),
            None => Ok((Event::StreamEnd, 0)),
        }
    }

    fn value(&mut self, event: Event<'a>, line: usize) -> Result<Value, YamlError> {
        let before = self.nodes;
        self.count(1, line)?;
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag
                    .as_deref()
                    .and_then(|tag| tag.core_suffix())
                    .map(str::to_owned);
                (anchor, scalar(&text, style, tag.as_deref(), line)?)
            }
            Event::SequenceStart(_, anchor, _) => (anchor, self.nested(line, Self::list)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.nested(line, Self::map)?),
            Event::Alias(anchor) => return self.alias(anchor, line),
            _ => return Ok(Value::Null),
        };
        if anchor != 0 {
            let nodes = self.nodes - before;
            let value = value.clone();
            self.anchors.insert(anchor, Anchored { value, nodes });
        }
        Ok(value)
    }

    fn nested(
        &mut self,
        line: usize,
        read: fn(&mut Self) -> Result<Value, YamlError>,
    ) -> Result<Value, YamlError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(YamlError::new(line, format!("nested deeper than {DEPTH}")));
        }
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<Value, YamlError> {
        let missing = || YamlError::new(line, "an alias stands inside what it stands for");
        let nodes = self.anchors.get(&anchor).ok_or_else(missing)?.nodes;
        self.count(nodes, line)?;
        Ok(self.anchors.get(&anchor).ok_or_else(missing)?.value.clone())
    }

    fn count(&mut self, nodes: usize, line: usize) -> Result<(), YamlError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES {
            let problem = format!("the file stands for more than {NODES} values (aliases of aliases?)");
            return Err(YamlError::new(line, problem));
        }
        Ok(())
    }

    fn list(&mut self) -> Result<Value, YamlError> {
        let mut list = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(Value::List(list)),
                (event, line) => list.push(self.value(event, line)?),
            }
        }
    }

    fn map(&mut self) -> Result<Value, YamlError> {
        let mut map = Map::new();
        let mut merged = Vec::new();
        loop {
            let (event, line) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                break;
            }
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = key_text(&self.value(event, line)?, line)?;
            let (event, at) = self.next()?;
            let value = self.value(event, at)?;
            if is_merge {
                merged.push((value, line));
            } else if map.insert(key.clone(), value).is_some() {
                return Err(YamlError::new(line, format!("the key {key:?} is given twice")));
            }
        }
        for (value, line) in merged {
            merge(&mut map, value, line)?;
        }
        Ok(Value::Map(map))
    }
}

/// A block at the end of a text has no line break that the text does not have; the parser gives it one.
fn without_last_break(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.strip_suffix('\n') {
        Some(text) => Cow::Owned(text.to_owned()),
        None => text,
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&str>, line: usize) -> Result<Value, YamlError> {
    match (tag, style) {
        (Some("str"), _) => Ok(Value::text(text)),
        (Some("binary"), _) => Err(YamlError::new(line, "the tag !!binary has no meaning here")),
        (Some(_), _) | (None, ScalarStyle::Plain) => Ok(resolve(text)),
        (None, _) => Ok(Value::text(text)),
    }
}

fn key_text(key: &Value, line: usize) -> Result<String, YamlError> {
    match key {
        Value::Null => Ok("null".to_owned()),
        Value::List(_) | Value::Map(_) => {
            Err(YamlError::new(line, format!("{} cannot be a key", key.kind())))
        }
        scalar => Ok(scalar.scalar().unwrap_or_default()),
    }
}

/// The merge key `<<`: what is given wins over what is merged.
fn merge(map: &mut Map, value: Value, line: usize) -> Result<(), YamlError> {
    match value {
        Value::Map(members) => {
            for (key, value) in members {
                map.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::List(list) => list.into_iter().try_for_each(|value| merge(map, value, line)),
        other => Err(YamlError::new(line, format!("{} cannot be merged", other.kind()))),
    }
}
