//! Reads YAML into a tree, with comments as members.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use granit_parser::{Event, ScalarStyle, Tag};

use super::super::error::Reason;
use super::super::plain::{Kind, Plain};
use super::super::tree::{Branch, Comment, Documents, Element, Member, Node};
use super::yaml_layout::{Position, Source, start};
use super::yaml_scalar::resolve;

const DEPTH: usize = 100;

pub(super) fn read(text: &str) -> Result<Documents, Reason> {
    let mut reader = Reader {
        source: Source::parse(text)?,
        anchors: HashMap::new(),
        depth: 0,
    };
    let mut documents = Vec::new();
    loop {
        match reader.source.next()?.0 {
            Event::StreamEnd => return Ok(documents),
            Event::DocumentStart(..) => documents.push(reader.document()?),
            _ => {}
        }
    }
}

struct Reader<'a> {
    source: Source<'a>,
    /// Nodes that were named, and how large they are.
    anchors: HashMap<usize, (Node, usize)>,
    depth: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Branch, Reason> {
        let position = self.source.peek().map_or((0, 0), |(_, position)| position);
        let is_mapping = matches!(self.source.peek(), Some((Event::MappingStart(..), _)));
        let before = self.source.comments_before(position);
        let mut branch: Branch = before.into_iter().map(Member::Comment).collect();
        match self.node()? {
            (Node::Branch(members), _) => branch.extend(members),
            (Node::Null, _) if !is_mapping => {}
            _ => return Err(Reason::Syntax(position.0, "the document must be a mapping")),
        }
        self.source.next()?;
        let after = self.source.comments_after(0);
        branch.extend(after.into_iter().map(Member::Comment));
        Ok(branch)
    }

    /// A node, and how many nodes it has.
    fn node(&mut self) -> Result<(Node, usize), Reason> {
        self.source.spend(1)?;
        self.depth += 1;
        let (event, span) = self.source.next()?;
        let line = span.start.line();
        if self.depth > DEPTH {
            return Err(Reason::Syntax(line, "it is nested too deeply"));
        }
        let (anchor, (node, size)) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, (scalar(&text, style, tag.as_deref(), line)?, 1))
            }
            Event::MappingStart(_, anchor, _) => (anchor, self.branch(start(&span))?),
            Event::SequenceStart(_, anchor, _) => (anchor, self.list(start(&span))?),
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor);
                let known = known.ok_or(Reason::Syntax(line, "an alias refers to nothing before it"))?;
                let known = known.clone();
                self.source.spend(known.1)?;
                (0, known)
            }
            _ => return Err(Reason::Syntax(line, "a value is missing")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        self.depth -= 1;
        Ok((node, size))
    }

    fn branch(&mut self, begin: Position) -> Result<(Node, usize), Reason> {
        let (mut branch, mut size, mut column) = (Branch::new(), 1, begin.1);
        loop {
            let position = self.source.peek().map_or((0, 0), |(_, position)| position);
            if let Some((Event::MappingEnd, _)) = self.source.peek() {
                self.source.next()?;
                let after = self.source.comments_after(column);
                branch.extend(after.into_iter().map(Member::Comment));
                return Ok((Node::Branch(branch), size));
            }
            column = position.1.min(column);
            let before = self.source.comments_before(position);
            branch.extend(before.into_iter().map(Member::Comment));
            let key = self.key(&branch)?;
            let (node, comments, nodes) = self.entry()?;
            branch.extend(comments.into_iter().map(Member::Comment));
            branch.push(Member::Entry(key, node));
            size += nodes;
        }
    }

    fn key(&mut self, branch: &Branch) -> Result<String, Reason> {
        let (event, span) = self.source.next()?;
        let line = span.start.line();
        let text = match event {
            Event::Scalar(text, style, _, tag) => scalar(&text, style, tag.as_deref(), line)?,
            _ => return Err(Reason::Syntax(line, "a key must be text")),
        };
        let key = match &text {
            Node::Leaf(leaf) if leaf.kind() == Kind::Text => leaf.expose_text().map(str::to_owned),
            _ => None,
        };
        let key = key.ok_or(Reason::Syntax(line, "a key must be text: put it in quotes"))?;
        let is_known = |member: &Member| matches!(member, Member::Entry(known, _) if *known == key);
        if branch.iter().any(is_known) {
            return Err(Reason::Syntax(line, "a key occurs twice"));
        }
        Ok(key)
    }

    /// A value with the comments that stand at it. Those inside a collection are the collection's.
    fn entry(&mut self) -> Result<(Node, Vec<Comment>, usize), Reason> {
        let (event, position) = self
            .source
            .peek()
            .ok_or(Reason::Syntax(0, "a value is missing"))?;
        let simple = matches!(event, Event::Scalar(..) | Event::Alias(_));
        let mut comments = if simple {
            self.source.comments_before(position)
        } else {
            // Behind the key or the dash.
            self.source.comments_before((self.source.line(), usize::MAX))
        };
        let (node, size) = self.node()?;
        if simple {
            comments.extend(self.source.comments_behind(self.source.line()));
        }
        Ok((node, comments, size))
    }

    fn list(&mut self, begin: Position) -> Result<(Node, usize), Reason> {
        let (mut list, mut size) = (Vec::new(), 1);
        loop {
            let (event, position) = self
                .source
                .peek()
                .ok_or(Reason::Syntax(begin.0, "a list has no end"))?;
            if matches!(event, Event::SequenceEnd) {
                self.source.next()?;
                let after = self.source.comments_after(begin.1);
                list.extend(after.into_iter().map(Element::Comment));
                return Ok((Node::List(list), size));
            }
            let before = self.source.comments_before(position);
            list.extend(before.into_iter().map(Element::Comment));
            let (node, comments, nodes) = self.entry()?;
            list.extend(comments.into_iter().map(Element::Comment));
            list.push(Element::Node(node));
            size += nodes;
        }
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, line: usize) -> Result<Node, Reason> {
    let known = tag.and_then(Tag::core_suffix);
    let plain = match known {
        Some("binary") => {
            let compact: String = text.split_whitespace().collect();
            let bytes = STANDARD.decode(compact);
            Some(Plain::new(
                Kind::Text,
                bytes.map_err(|_| Reason::Syntax(line, "it is no base64"))?,
            ))
        }
        Some("int" | "float" | "bool" | "null" | "timestamp") => tagged(text, known, line)?,
        _ if tag.is_some() || style != ScalarStyle::Plain => Some(Plain::text(text)),
        _ => resolve(text).map_err(|reason| Reason::Syntax(line, reason))?,
    };
    Ok(plain.map_or(Node::Null, Node::Leaf))
}

fn tagged(text: &str, tag: Option<&str>, line: usize) -> Result<Option<Plain>, Reason> {
    let plain = resolve(text).map_err(|reason| Reason::Syntax(line, reason))?;
    let kind = plain.as_ref().map(Plain::kind);
    match (tag, kind) {
        (Some("float"), Some(Kind::Integer)) => {
            let number = plain
                .as_ref()
                .and_then(Plain::expose_text)
                .and_then(|text| text.parse().ok());
            Ok(number.map(Plain::float))
        }
        (Some("int"), Some(Kind::Integer))
        | (Some("float"), Some(Kind::Float))
        | (Some("bool"), Some(Kind::Boolean))
        | (Some("timestamp"), Some(Kind::Time))
        | (Some("null"), None) => Ok(plain),
        _ => Err(Reason::Syntax(
            line,
            "a value is not of the type that its tag says",
        )),
    }
}
