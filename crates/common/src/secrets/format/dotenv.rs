//! Lines of `NAME=value`, all of them text; a line break in a value is `\n`.

use super::super::error::Reason;
use super::super::plain::{Kind, Plain};
use super::super::tree::{Branch, Comment, Member, Node};

pub(super) fn read(text: &str) -> Result<Branch, Reason> {
    let lines = text.split('\n').enumerate().filter(|(_, line)| !line.is_empty());
    lines
        .map(|(index, line)| {
            if let Some(comment) = line.strip_prefix('#') {
                return Ok(Member::Comment(Comment::new(comment, false)));
            }
            let (name, value) = line
                .split_once('=')
                .ok_or(Reason::Syntax(index + 1, "a line has no `=`"))?;
            let value = Plain::text(value.replace("\\n", "\n"));
            Ok(Member::Entry(name.to_owned(), Node::Leaf(value)))
        })
        .collect()
}

pub(super) fn write(branch: &[Member]) -> Result<String, Reason> {
    let mut text = String::new();
    for member in branch {
        match member {
            Member::Comment(comment) => {
                text.push('#');
                text.push_str(comment.text.expose_text().unwrap_or_default());
            }
            Member::Entry(name, node) => {
                text.push_str(name);
                text.push('=');
                text.push_str(&value(name, node)?);
            }
        }
        text.push('\n');
    }
    Ok(text)
}

fn value(name: &str, node: &Node) -> Result<String, Reason> {
    let inexpressible = || Reason::Inexpressible(name.to_owned());
    match node {
        Node::Null => Ok(String::new()),
        Node::Leaf(leaf) => {
            let value = leaf.expose_text().ok_or_else(inexpressible)?;
            Ok(match leaf.kind() {
                Kind::Boolean => value.to_lowercase(),
                _ => value.replace('\n', "\\n"),
            })
        }
        Node::Branch(_) | Node::List(_) => Err(inexpressible()),
    }
}
