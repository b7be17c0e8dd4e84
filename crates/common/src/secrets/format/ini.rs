//! Sections of `name = value`, all of them text. Names before the first section are in `DEFAULT`.
//!
//! Comments follow what they stand at, as in sops: the section's is the first of its members, a name's
//! comes after the name.

use std::fmt::Write as _;

use super::super::error::Reason;
use super::super::plain::{Kind, Plain};
use super::super::tree::{Branch, Comment, Member, Node};

const DEFAULT: &str = "DEFAULT";

pub(super) fn read(text: &str) -> Result<Branch, Reason> {
    let mut sections = vec![(DEFAULT.to_owned(), Branch::new())];
    let mut comment: Vec<&str> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            comment.push(line.trim_start_matches([';', '#', ' ']));
        } else if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']');
            let name = name.ok_or(Reason::Syntax(index + 1, "a section has no `]`"))?;
            let members = take(&mut comment).into_iter().collect();
            sections.push((name.trim().to_owned(), members));
        } else if !line.is_empty() {
            let member = entry(line).ok_or(Reason::Syntax(
                index + 1,
                "a line has no `=`, or a quote has no end",
            ))?;
            if let Some((_, section)) = sections.last_mut() {
                section.push(member);
                section.extend(take(&mut comment));
            }
        }
    }
    let member = |(name, branch)| Member::Entry(name, Node::Branch(branch));
    Ok(sections.into_iter().map(member).collect())
}

fn take(lines: &mut Vec<&str>) -> Option<Member> {
    let text = std::mem::take(lines).join("\n");
    (!text.is_empty()).then(|| Member::Comment(Comment::new(&text, false)))
}

fn entry(line: &str) -> Option<Member> {
    let (name, value) = line.split_once(['=', ':'])?;
    let value = value.trim();
    let value = match value.chars().next() {
        Some('`') => value.strip_prefix('`')?.strip_suffix('`')?,
        Some('"') if value.len() > 1 && value.ends_with('"') => value.strip_prefix('"')?.strip_suffix('"')?,
        Some('\'') if value.len() > 1 && value.ends_with('\'') => {
            value.strip_prefix('\'')?.strip_suffix('\'')?
        }
        _ => without_comment(value),
    };
    Some(Member::Entry(
        name.trim().to_owned(),
        Node::Leaf(Plain::text(value)),
    ))
}

fn without_comment(value: &str) -> &str {
    let end = [" #", " ;"].iter().filter_map(|mark| value.find(mark)).min();
    end.and_then(|end| value.get(..end)).unwrap_or(value).trim()
}

pub(super) fn write(branch: &[Member]) -> Result<String, Reason> {
    let mut text = String::new();
    for member in branch {
        let Member::Entry(name, Node::Branch(members)) = member else {
            return Err(Reason::Inexpressible("a value outside of a section".to_owned()));
        };
        if name == DEFAULT && members.is_empty() {
            continue;
        }
        section(name, members, &mut text)?;
    }
    Ok(text)
}

fn section(name: &str, members: &[Member], text: &mut String) -> Result<(), Reason> {
    if !text.is_empty() {
        text.push('\n');
    }
    let width = members.iter().map(width).max().unwrap_or_default();
    let mut members = members.iter().peekable();
    if let Some(Member::Comment(_)) = members.peek() {
        comment(members.next(), text);
    }
    text.push('[');
    text.push_str(name);
    text.push_str("]\n");
    while let Some(member) = members.next() {
        if let Member::Entry(key, node) = member {
            if let Some(Member::Comment(_)) = members.peek() {
                comment(members.next(), text);
            }
            let _ = write!(text, "{key:width$} = ");
            text.push_str(&value(key, node)?);
            text.push('\n');
        }
    }
    Ok(())
}

/// Letters of a name: sops puts the equals signs of a section below each other.
fn width(member: &Member) -> usize {
    match member {
        Member::Entry(key, _) => key.chars().count(),
        Member::Comment(_) => 0,
    }
}

fn comment(member: Option<&Member>, text: &mut String) {
    if let Some(Member::Comment(comment)) = member {
        for line in comment.text.expose_text().unwrap_or_default().lines() {
            text.push_str("; ");
            text.push_str(line);
            text.push('\n');
        }
    }
}

fn value(key: &str, node: &Node) -> Result<String, Reason> {
    let inexpressible = || Reason::Inexpressible(key.to_owned());
    let Node::Leaf(leaf) = node else {
        return match node {
            Node::Null => Ok(String::new()),
            _ => Err(inexpressible()),
        };
    };
    let text = leaf.expose_text().ok_or_else(inexpressible)?;
    let needs_quotes = text.contains(['#', ';', '"', '\'']) || text.trim() != text || text.ends_with('\\');
    match leaf.kind() {
        Kind::Boolean => Ok(text.to_lowercase()),
        _ if text.contains('\n') || (needs_quotes && text.contains('`')) || text.starts_with('`') => {
            Err(inexpressible())
        }
        _ if needs_quotes => Ok(format!("`{text}`")),
        _ => Ok(text.to_owned()),
    }
}
