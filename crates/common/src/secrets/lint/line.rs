//! On which line of a file a value stands.

use granit_parser::{Event, Options, Parser, StrInput};

use super::super::format::Format;

/// The line of the value at the end of a path, counted from 1; none if the text has another shape than its format.
pub(super) fn of(format: Format, text: &str, document: usize, path: &[String]) -> Option<usize> {
    match format {
        Format::Yaml | Format::Json => {
            let mut options = Options::default();
            options.set_emit_comments(false);
            let parser = Parser::new_from_str_with_options(text, options);
            Finder { parser }.document(document, path)
        }
        Format::Dotenv => {
            let name = path.first()?;
            let is_it = |line: &str| line.split_once('=').is_some_and(|(key, _)| key.trim() == name);
            text.lines().position(is_it).map(|index| index + 1)
        }
        Format::Ini => in_section(text, path),
        Format::Binary => None,
    }
}

fn in_section(text: &str, path: &[String]) -> Option<usize> {
    let [section, name] = path else { return None };
    let header = format!("[{section}]");
    let mut is_inside = false;
    text.lines()
        .position(|line| {
            let line = line.trim();
            if line.starts_with('[') {
                is_inside = line == header;
            }
            is_inside && line.split_once('=').is_some_and(|(key, _)| key.trim() == name)
        })
        .map(|index| index + 1)
}

/// Anything that ends the search: the place was found, or the text ends.
type Search = Result<(), Option<usize>>;

struct Finder<'a> {
    parser: Parser<'a, StrInput<'a>>,
}

impl<'a> Finder<'a> {
    fn document(&mut self, document: usize, path: &[String]) -> Option<usize> {
        let mut index = 0;
        loop {
            let (event, _) = self.next().ok()?;
            if !matches!(event, Event::DocumentStart(..)) {
                continue;
            }
            let (event, line) = self.next().ok()?;
            let wanted = (index == document).then_some(path);
            if let Err(found) = self.node(&event, line, wanted) {
                return found;
            }
            index += 1;
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, usize), Option<usize>> {
        match self.parser.next_event() {
            Some(Ok((Event::StreamEnd, _)) | Err(_)) | None => Err(None),
            Some(Ok((event, span))) => Ok((event, span.start.line())),
        }
    }

    /// Passes over a node; the path leads on from it.
    fn node(&mut self, event: &Event<'_>, line: usize, path: Option<&[String]>) -> Search {
        if path.is_some_and(<[String]>::is_empty) {
            return Err(Some(line));
        }
        match event {
            Event::MappingStart(..) => self.members(path),
            Event::SequenceStart(..) => self.entries(path),
            _ => Ok(()),
        }
    }

    fn members(&mut self, path: Option<&[String]>) -> Search {
        loop {
            let (key, line) = self.next()?;
            if matches!(key, Event::MappingEnd) {
                return Ok(());
            }
            let name = match &key {
                Event::Scalar(text, ..) => Some(text.to_string()),
                _ => None,
            };
            self.node(&key, line, None)?;
            let (value, _) = self.next()?;
            let rest = below(path, name.as_deref());
            // A block begins behind its key: the line of the key is what one looks for.
            self.node(&value, line, rest)?;
        }
    }

    fn entries(&mut self, path: Option<&[String]>) -> Search {
        for index in 0_usize.. {
            let (entry, line) = self.next()?;
            if matches!(entry, Event::SequenceEnd) {
                break;
            }
            self.node(&entry, line, below(path, Some(&index.to_string())))?;
        }
        Ok(())
    }
}

fn below<'p>(path: Option<&'p [String]>, name: Option<&str>) -> Option<&'p [String]> {
    let (first, rest) = path?.split_first()?;
    (Some(first.as_str()) == name).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(format: Format, text: &str, document: usize, path: &str) -> Option<usize> {
        let path: Vec<String> = path.split('/').map(str::to_owned).collect();
        of(format, text, document, &path)
    }

    #[test]
    fn a_value_is_found_in_every_format() {
        let yaml = "a: 1\n---\n# note\nb:\n  - x: [1, {y: 2}]\n    # note\n  - z: |\n      text\n      more\n  - last\n";
        assert_eq!(line(Format::Yaml, yaml, 0, "a"), Some(1));
        assert_eq!(line(Format::Yaml, yaml, 1, "b/0/x/1/y"), Some(5));
        assert_eq!(line(Format::Yaml, yaml, 1, "b/1/z"), Some(7));
        assert_eq!(line(Format::Yaml, yaml, 1, "b/2"), Some(10));
        assert_eq!(line(Format::Yaml, yaml, 1, "b/3"), None);
        assert_eq!(
            line(Format::Json, "{\n \"a\": {\n  \"b\": 1}}", 0, "a/b"),
            Some(3)
        );
        assert_eq!(line(Format::Dotenv, "# A=\nA=1\n", 0, "A"), Some(2));
        assert_eq!(line(Format::Ini, "[x]\nk = 1\n[y]\nk = 2\n", 0, "y/k"), Some(4));
    }
}
