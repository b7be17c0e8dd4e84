//! Where comments of a YAML document stand, and to what they belong.

use std::collections::VecDeque;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::super::error::Reason;
use super::super::tree::Comment;

/// More than this many nodes, aliases resolved, is taken for a bomb.
const NODES: usize = 200_000;

/// A position: line (from one) and column (from zero).
pub(super) type Position = (usize, usize);

/// Events of the parser, and beside them the comments in order.
pub(super) struct Source<'a> {
    events: VecDeque<(Event<'a>, Span)>,
    comments: VecDeque<(Position, Comment)>,
    last_end: Position,
    budget: usize,
}

impl<'a> Source<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Reason> {
        let (mut events, mut comments) = (VecDeque::new(), VecDeque::new());
        for next in Parser::new_from_str(text) {
            let (event, span) =
                next.map_err(|error| Reason::Syntax(error.marker().line(), "it is no YAML"))?;
            if let Event::Comment(comment, _) = &event {
                comments.push_back((start(&span), Comment::new(comment.trim_end_matches('\r'), false)));
            } else {
                events.push_back((ended_as(text, event, &span), span));
            }
        }
        Ok(Self {
            events,
            comments,
            last_end: (0, 0),
            budget: NODES,
        })
    }

    pub(super) fn next(&mut self) -> Result<(Event<'a>, Span), Reason> {
        let next = self.events.pop_front();
        let (event, span) = next.ok_or(Reason::Syntax(self.last_end.0, "the document ends too early"))?;
        self.last_end = (span.end.line(), span.end.col());
        Ok((event, span))
    }

    pub(super) fn peek(&self) -> Option<(&Event<'a>, Position)> {
        self.events.front().map(|(event, span)| (event, start(span)))
    }

    /// The line at which the last event ended.
    pub(super) fn line(&self) -> usize {
        self.last_end.0
    }

    /// Takes nodes off the budget.
    pub(super) fn spend(&mut self, nodes: usize) -> Result<(), Reason> {
        self.budget = self
            .budget
            .checked_sub(nodes)
            .ok_or(Reason::Syntax(self.last_end.0, "there are too many nodes"))?;
        Ok(())
    }

    /// Comments that stand before a position.
    pub(super) fn comments_before(&mut self, position: Position) -> Vec<Comment> {
        self.take(|at| at < position)
    }

    /// Comments behind what was just read, on its line.
    pub(super) fn comments_behind(&mut self, line: usize) -> Vec<Comment> {
        let mut comments = self.take(|at| at.0 == line);
        for comment in &mut comments {
            comment.inline = true;
        }
        comments
    }

    /// Comments between the last entry of a collection and what follows it, as deep as the collection.
    pub(super) fn comments_after(&mut self, column: usize) -> Vec<Comment> {
        let next = self
            .events
            .front()
            .map_or((usize::MAX, 0), |(event, span)| match event {
                Event::StreamEnd => (usize::MAX, 0),
                _ => start(span),
            });
        self.take(|at| at < next && at.1 >= column)
    }

    fn take(&mut self, fits: impl Fn(Position) -> bool) -> Vec<Comment> {
        let mut taken = Vec::new();
        while let Some((_, comment)) = self.comments.pop_front_if(|(at, _)| fits(*at)) {
            taken.push(comment);
        }
        taken
    }
}

/// A block at the end of a text has no line break that the text does not have; the parser gives it one.
fn ended_as<'a>(text: &str, event: Event<'a>, span: &Span) -> Event<'a> {
    match event {
        Event::Scalar(value, style @ (ScalarStyle::Literal | ScalarStyle::Folded), anchor, tag)
            if !text.ends_with('\n') && span.end.index() >= text.chars().count() =>
        {
            let value = value
                .strip_suffix('\n')
                .map_or(value.clone(), |value| value.to_owned().into());
            Event::Scalar(value, style, anchor, tag)
        }
        event => event,
    }
}

pub(super) fn start(span: &Span) -> Position {
    (span.start.line(), span.start.col())
}
