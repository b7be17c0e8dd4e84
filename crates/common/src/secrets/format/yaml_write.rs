//! Writes a tree as YAML: block style, indented as sops does it.

use std::fmt::Write as _;

use super::super::error::Reason;
use super::super::plain::{Kind, Plain};
use super::super::tree::{Branch, Comment, Documents, Element, Member, Node};
use super::Indent;
use super::yaml_scalar::resolve;

pub(super) fn write(documents: &Documents, Indent(step): Indent) -> Result<String, Reason> {
    let mut writer = Writer {
        text: String::new(),
        step,
    };
    for (index, branch) in documents.iter().enumerate() {
        if index > 0 {
            writer.text.push_str("---\n");
        }
        writer.document(branch)?;
    }
    Ok(writer.text)
}

/// What stands below an element is indented by the width of its dash.
const DASH: usize = 2;

struct Writer {
    text: String,
    /// Columns of each level.
    step: usize,
}

impl Writer {
    fn document(&mut self, branch: &Branch) -> Result<(), Reason> {
        let is_empty = !branch.iter().any(|member| matches!(member, Member::Entry(..)));
        if is_empty {
            self.members(branch, 0)?;
            self.text.push_str("{}\n");
            return Ok(());
        }
        self.members(branch, 0)
    }

    fn members(&mut self, branch: &[Member], indent: usize) -> Result<(), Reason> {
        let mut inline = Vec::new();
        for member in branch {
            match member {
                Member::Comment(comment) => self.comment(comment, &mut inline, indent),
                Member::Entry(key, node) => {
                    self.margin(indent);
                    self.text.push_str(&quoted_key(key));
                    self.text.push(':');
                    self.value(node, self.below(indent), &mut inline, key)?;
                }
            }
        }
        self.own_lines(&mut inline, indent);
        Ok(())
    }

    fn elements(&mut self, list: &[Element], indent: usize) -> Result<(), Reason> {
        let mut inline = Vec::new();
        for element in list {
            match element {
                Element::Comment(comment) => self.comment(comment, &mut inline, indent),
                Element::Node(node) if starts_behind_dash(node) => {
                    self.own_lines(&mut inline, indent);
                    let begin = self.text.len();
                    match node {
                        Node::Branch(branch) => self.members(branch, indent + DASH)?,
                        Node::List(list) => self.elements(list, indent + DASH)?,
                        Node::Null | Node::Leaf(_) => {}
                    }
                    let dash = format!("{}- ", " ".repeat(indent));
                    self.text.replace_range(begin..begin + indent + DASH, &dash);
                }
                Element::Node(node) => {
                    self.margin(indent);
                    self.text.push('-');
                    self.value(node, indent + DASH, &mut inline, "an element of a list")?;
                }
            }
        }
        self.own_lines(&mut inline, indent);
        Ok(())
    }

    /// Everything behind `key:` or `-`; what stands below is indented by `below`.
    fn value(
        &mut self,
        node: &Node,
        below: usize,
        inline: &mut Vec<String>,
        name: &str,
    ) -> Result<(), Reason> {
        match node {
            Node::Null => self.scalar("null", inline),
            Node::Leaf(leaf) => {
                let text = scalar(leaf, below).ok_or_else(|| Reason::Inexpressible(name.to_owned()))?;
                self.scalar(&text, inline);
            }
            Node::Branch(branch) if branch.is_empty() => self.scalar("{}", inline),
            Node::List(list) if list.is_empty() => self.scalar("[]", inline),
            Node::Branch(branch) => {
                self.end_line(inline);
                let has_entry = branch.iter().any(|member| matches!(member, Member::Entry(..)));
                self.members(branch, below)?;
                self.empty_collection(has_entry, "{}", below);
            }
            Node::List(list) => {
                self.end_line(inline);
                let has_entry = list.iter().any(|element| matches!(element, Element::Node(_)));
                self.elements(list, below)?;
                self.empty_collection(has_entry, "[]", below);
            }
        }
        Ok(())
    }

    fn empty_collection(&mut self, has_entry: bool, text: &str, indent: usize) {
        if !has_entry {
            self.margin(indent);
            self.text.push_str(text);
            self.text.push('\n');
        }
    }

    fn scalar(&mut self, text: &str, inline: &mut Vec<String>) {
        self.text.push(' ');
        // A comment stands behind the first line of a block, where it is not part of it.
        match text.split_once('\n') {
            None => {
                self.text.push_str(text);
                self.end_line(inline);
            }
            Some((head, block)) => {
                self.text.push_str(head);
                self.end_line(inline);
                self.text.push_str(block);
            }
        }
    }

    fn end_line(&mut self, inline: &mut Vec<String>) {
        if !inline.is_empty() {
            self.text.push_str(" #");
            self.text.push_str(&inline.join(" #"));
            inline.clear();
        }
        self.text.push('\n');
    }

    fn comment(&mut self, comment: &Comment, inline: &mut Vec<String>, indent: usize) {
        let text = comment.text.expose_text().unwrap_or_default();
        if comment.inline && !text.contains('\n') {
            inline.push(text.to_owned());
            return;
        }
        for line in text.split('\n') {
            self.margin(indent);
            self.text.push('#');
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// Comments with nothing to stand behind.
    fn own_lines(&mut self, inline: &mut Vec<String>, indent: usize) {
        for text in inline.drain(..) {
            self.margin(indent);
            self.text.push('#');
            self.text.push_str(&text);
            self.text.push('\n');
        }
    }

    /// What stands below a key is indented to the next step.
    fn below(&self, indent: usize) -> usize {
        self.step * ((indent + self.step) / self.step)
    }

    fn margin(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }
}

/// What begins with a key or an element begins on the line of its dash.
fn starts_behind_dash(node: &Node) -> bool {
    match node {
        Node::Branch(branch) => matches!(branch.first(), Some(Member::Entry(..))),
        Node::List(list) => matches!(list.first(), Some(Element::Node(_))),
        Node::Null | Node::Leaf(_) => false,
    }
}

fn quoted_key(key: &str) -> String {
    if is_plain(key) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

fn scalar(leaf: &Plain, indent: usize) -> Option<String> {
    let Some(text) = leaf.expose_text() else {
        return Some(format!("!!binary {}", base64(leaf.expose())));
    };
    Some(match leaf.kind() {
        Kind::Text if text.contains('\n') => literal(text, indent).unwrap_or_else(|| quoted(text)),
        Kind::Text if is_plain(text) => text.to_owned(),
        Kind::Text => quoted(text),
        Kind::Boolean => text.to_lowercase(),
        Kind::Float => match text {
            "+Inf" | "Inf" => ".inf".to_owned(),
            "-Inf" => "-.inf".to_owned(),
            "NaN" => ".nan".to_owned(),
            _ => text.to_owned(),
        },
        Kind::Integer | Kind::Time => text.to_owned(),
        Kind::Comment => return None,
    })
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine as _;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Whether the text is read as itself without quotes, by YAML 1.1 as well.
fn is_plain(text: &str) -> bool {
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || "_-./@+=,$()<>;[]: ".contains(character);
    let starts = text.starts_with(|first: char| first.is_ascii_alphanumeric() || "_/".contains(first));
    let words = ["y", "n", "yes", "no", "on", "off"];
    starts
        && text.chars().all(allowed)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !words.contains(&&*text.to_lowercase())
        && !is_sexagesimal(text)
        && matches!(resolve(text), Ok(Some(plain)) if plain.kind() == Kind::Text)
}

fn is_sexagesimal(text: &str) -> bool {
    text.contains(':')
        && text
            .chars()
            .all(|character| character.is_ascii_digit() || ":._".contains(character))
}

/// A literal block, where one can hold the text.
fn literal(text: &str, indent: usize) -> Option<String> {
    let is_odd = |character: char| {
        (character.is_control() && !['\n', '\t'].contains(&character))
            || ['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'].contains(&character)
    };
    if text.chars().any(is_odd) || text.starts_with([' ', '\n', '\t']) || text.trim().is_empty() {
        return None;
    }
    let (body, chomp) = match text.strip_suffix('\n') {
        None => (text, "-"),
        Some(body) if body.ends_with('\n') => (body, "+"),
        Some(body) => (body, ""),
    };
    let mut block = format!("|{chomp}\n");
    for line in body.split('\n') {
        if !line.is_empty() {
            block.extend(std::iter::repeat_n(' ', indent));
            block.push_str(line);
        }
        block.push('\n');
    }
    Some(block)
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            _ if character.is_control() || ['\u{2028}', '\u{2029}', '\u{feff}'].contains(&character) => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
