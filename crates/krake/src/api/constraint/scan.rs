//! A cursor over the text of a constraint that knows its column.

use super::ConstraintError;

/// What remains of a constraint while it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'a> {
    language: &'static str,
    text: &'a str,
    rest: &'a str,
    delimiters: &'static [char],
}

impl<'a> Scan<'a> {
    /// At the beginning of `text`; words end at a blank or at one of `delimiters`.
    pub(super) fn new(language: &'static str, text: &'a str, delimiters: &'static [char]) -> Self {
        let mut scan = Self {
            language,
            text,
            rest: text,
            delimiters,
        };
        scan.skip_blanks();
        scan
    }

    /// Blanks are spaces; tabs and line ends belong to words and make them invalid.
    pub(super) fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    /// Reads `token` if it stands here, whatever follows, and the blanks after it.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                self.skip_blanks();
                true
            }
            None => false,
        }
    }

    /// Reads `token` if it is the whole next word, and the blanks after it.
    pub(super) fn eat_word(&mut self, token: &str) -> bool {
        self.peek() == token && self.eat(token)
    }

    /// The next word, possibly empty, without reading it.
    pub(super) fn peek(&self) -> &'a str {
        let end = self
            .rest
            .find(|c| c == ' ' || self.delimiters.contains(&c))
            .unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or_default()
    }

    /// Reads a word that satisfies `rule`, and the blanks after it.
    pub(super) fn word(
        &mut self,
        rule: fn(&str) -> bool,
        expected: &'static str,
    ) -> Result<&'a str, ConstraintError> {
        let word = self.peek();
        if !rule(word) {
            return Err(self.expected(expected));
        }
        self.eat(word);
        Ok(word)
    }

    /// Succeeds if nothing is left.
    pub(super) fn end(&self) -> Result<(), ConstraintError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.expected("the end"))
        }
    }

    /// The error that says what should stand here.
    pub(super) fn expected(&self, expected: &'static str) -> ConstraintError {
        let read = self.text.len().saturating_sub(self.rest.len());
        let column = self
            .text
            .get(..read)
            .map_or(1, |before| before.chars().count().saturating_add(1));
        let found = match (self.peek(), self.rest.chars().next()) {
            ("", None) => "the end".to_owned(),
            ("", Some(delimiter)) => format!("`{delimiter}`"),
            (word, _) => format!("`{}`", word.escape_debug()),
        };
        ConstraintError {
            language: self.language,
            expected,
            found,
            column,
        }
    }
}
